(* SPDX-License-Identifier: BSD-2-Clause *)
(** * The model of credentials as an OCaml program

    Booleans, options, lists and pairs become OCaml's own; numbers stay as Coq has them, by bits. *)

From Coq Require Import ExtrOcamlBasic Extraction.
From Postern Require Import Credentials.

Extraction "credentials.ml" answer.
