(* SPDX-License-Identifier: BSD-2-Clause *)
(** * The model as an OCaml program: the oracle

    What stands in for what is trusted, and listed in proofs/TRUSTED.md: lists, pairs, options, booleans and
    naturals become OCaml's own, an octet becomes a char. The two conversions between octets and numbers are
    checked on all 256 values each time the oracle starts. *)

From Coq Require Import Ascii List NArith.
From Coq Require Import ExtrOcamlBasic ExtrOcamlNatInt ExtrOcamlChar.
From Postern Require Import AccessDomain.

(** What nat_of_ascii is, said again by bits and not replaced: the check of the replacement. *)
Definition number_by_bits (o : ascii) : nat :=
  fold_left (fun n (b : bool) => n + n + (if b then 1 else 0)) (bits_of_octet o) 0.

Theorem number_by_bits_is_the_number : forall o, number_by_bits o = nat_of_ascii o.
Proof. destruct o as [[] [] [] [] [] [] [] []]; reflexivity. Qed.

Extract Inlined Constant nat_of_ascii => "Stdlib.Char.code".
Extract Constant ascii_of_nat => "(fun n -> Stdlib.Char.chr (n land 255))".
Extract Constant Nat.sub => "(fun (a : int) (b : int) -> if a > b then a - b else 0)".
Extract Inlined Constant Ascii.eqb => "(fun (a : char) (b : char) -> a = b)".
Extract Inlined Constant Bool.eqb => "(fun (a : bool) (b : bool) -> a = b)".
Extract Inlined Constant List.length => "Stdlib.List.length".
Extract Inlined Constant List.rev => "Stdlib.List.rev".
Extract Inlined Constant Nat.eqb => "(fun (a : int) (b : int) -> a = b)".
Extract Inlined Constant Nat.leb => "(fun (a : int) (b : int) -> a <= b)".
Extract Inlined Constant Nat.ltb => "(fun (a : int) (b : int) -> a < b)".

Extraction "model.ml" number_by_bits entry_of print_entry client_of decide asks_for_names malformed_entries.
