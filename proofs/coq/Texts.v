(* SPDX-License-Identifier: BSD-2-Clause *)
From Postern Require Import AccessDomain.
