(* SPDX-License-Identifier: BSD-2-Clause *)
(** * A row of conformance/spec/access_domain.json, as the model answers it

    Rows.v, generated from the table, has one theorem for each row. *)

From Coq Require Import Ascii String List.
From Postern Require Import AccessDomain.
Import ListNotations.

(** [row_name] is the name as it was sent; [row_malformed] is in the order of the list. *)
Record row_answer := Row {
  row_verdict : verdict;
  row_step : nat;
  row_entry : option nat;
  row_name : option text;
  row_malformed : list (nat * why)
}.

Definition row (values : list text) (ip : text) (names : list text) : option row_answer :=
  match answer_to values ip names with
  | None => None
  | Some a =>
      let d := decided a in
      let name := match name_at d with Some i => nth_error names i | None => None end in
      Some (Row (verdict_of d) (step_of d) (entry_at d) name (map (fun m => (fst m, fst (snd m))) (faults a)))
  end.
