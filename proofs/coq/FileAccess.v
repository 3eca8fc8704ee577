(* SPDX-License-Identifier: BSD-2-Clause *)
(** * File access: who may do what with a file by owner, group and mode; the trees and the maildrop

    After Linux's fs/namei.c and fs/attr.c. core/permission_model/file_access.h says the same in C++. Theorems: DT-2,
    MD-1, MD-3, and the order in which the maildrop helper gives a new maildrop away. *)

From Coq Require Import NArith List Bool.
From Postern Require Import Credentials.
Import ListNotations.
Open Scope N_scope.

(** ** The rules *)

(** One digit of a mode: 4 read, 2 write, 1 execute or search. *)
Definition wishes := N.
Definition READ : wishes := 4. Definition WRITE : wishes := 2. Definition SEARCH : wishes := 1.

Record object := Object
  { is_directory : bool; object_owner : id; object_group : id; sticky : bool;
    owner_digit : wishes; group_digit : wishes; other_digit : wishes }.

(** The first class that fits decides, even if a later one would give more. *)
Definition class_digit (who : credentials) (o : object) : wishes :=
  if file_system (user who) =? object_owner o then owner_digit o
  else if in_group (object_group o) who then group_digit o
  else other_digit o.

Definition executable (o : object) : bool :=
  N.testbit (owner_digit o) 0 || N.testbit (group_digit o) 0 || N.testbit (other_digit o) 0.

Definition capability_gives (who : credentials) (o : object) (w : wishes) : bool :=
  if is_directory o then can DAC_OVERRIDE who || (negb (N.testbit w 1) && can DAC_READ_SEARCH who)
  else ((w =? READ) && can DAC_READ_SEARCH who)
       || (can DAC_OVERRIDE who && (negb (N.testbit w 0) || executable o)).

Definition may (who : credentials) (w : wishes) (o : object) : bool :=
  is_within w (class_digit who o) || capability_gives who o w.

(** To take an entry's name away, and so to put something else there. *)
Definition may_remove (who : credentials) (directory o : object) : bool :=
  may who (WRITE + SEARCH) directory
  && (negb (sticky directory) || (file_system (user who) =? object_owner o)
      || (file_system (user who) =? object_owner directory) || can FOWNER who).

(** [way]: the directories from / down to the object. *)
Definition reaches (who : credentials) (way : list object) (w : wishes) (o : object) : bool :=
  forallb (may who SEARCH) way && may who w o.

(** To change a file's mode, and to give it to another owner and group. *)
Definition may_chmod (who : credentials) (o : object) : bool :=
  (file_system (user who) =? object_owner o) || can FOWNER who.
Definition may_give_away (who : credentials) (o : object) : bool := can CHOWN who.

Definition chmod (who : credentials) (owner_d group_d other_d : wishes) (o : object) : option object :=
  if may_chmod who o
  then Some (Object (is_directory o) (object_owner o) (object_group o) (sticky o) owner_d group_d other_d)
  else None.
Definition chown (who : credentials) (to : id) (to_group : id) (o : object) : option object :=
  if may_give_away who o
  then Some (Object (is_directory o) to to_group (sticky o) (owner_digit o) (group_digit o) (other_digit o))
  else None.

(** ** What the sentences ask for *)

(** DT-2: a tree's directory: 0700, the MTA user's. *)
Definition tree_directory (mta nsgroup : id) : object := Object true mta nsgroup false 7 0 0.

(** MD-1, MD-3: a maildrop: 0660, the recipient's, in group mail; its spool: 3775 (or 2775), root's. *)
Definition maildrop (recipient mail : id) : object := Object false recipient mail false 6 6 0.
Definition spool (mail : id) (is_sticky : bool) : object := Object true root mail is_sticky 7 7 5.

(** No capability that overrides a mode, an owner or a sticky bit. *)
Definition bound_by_modes (who : credentials) : Prop :=
  can DAC_OVERRIDE who = false /\ can DAC_READ_SEARCH who = false /\ can FOWNER who = false.

Example a_process_without_capabilities_is : forall s, effective_set s = nothing -> bound_by_modes s.
Proof. intros s E. unfold bound_by_modes, can. now rewrite E. Qed.

Lemma bound_may : forall who w o, bound_by_modes who -> may who w o = is_within w (class_digit who o).
Proof.
  intros who w o (O & R & _). unfold may, capability_gives. rewrite O, R.
  destruct (is_directory o); now rewrite !andb_false_r, orb_false_r.
Qed.

(** ** Theorems *)

(** MD-1: read and written by its owner and by group mail, and by nobody else. *)
Theorem a_maildrop_serves_exactly_its_owner_and_the_mail_group : forall who recipient mail w,
  bound_by_modes who -> w = READ \/ w = WRITE \/ w = READ + WRITE ->
  may who w (maildrop recipient mail) = true
  <-> file_system (user who) = recipient \/ in_group mail who = true.
Proof.
  intros who recipient mail w B W. rewrite bound_may by assumption. unfold class_digit, maildrop. simpl.
  destruct (N.eqb_spec (file_system (user who)) recipient) as [->|N].
  - split; [auto|]. now destruct W as [-> | [-> | ->]].
  - destruct (in_group mail who); split; intros H; auto.
    + now destruct W as [-> | [-> | ->]].
    + now destruct W as [-> | [-> | ->]].
    + destruct H as [H|H]; [contradiction | discriminate].
Qed.

(** DT-2: whatever lies below a tree's directory, and whatever its own mode: nobody but the MTA user gets there. *)
Theorem an_outsider_reaches_no_tree : forall who mta nsgroup above below w o,
  bound_by_modes who -> file_system (user who) <> mta ->
  reaches who (above ++ tree_directory mta nsgroup :: below) w o = false.
Proof.
  intros who mta nsgroup above below w o B N. unfold reaches. rewrite forallb_app. simpl.
  rewrite (bound_may _ _ (tree_directory mta nsgroup) B). unfold class_digit. simpl.
  rewrite (proj2 (N.eqb_neq _ _) N). now destruct (in_group nsgroup who), (forallb _ above).
Qed.

Example its_own_user_reaches_a_tree : forall who mta nsgroup,
  bound_by_modes who -> file_system (user who) = mta -> may who SEARCH (tree_directory mta nsgroup) = true.
Proof. intros who mta g B U. rewrite bound_may by assumption. unfold class_digit. simpl. now rewrite U, N.eqb_refl. Qed.

(** MD-5: nobody outside group mail changes a name in the spool, root apart. *)
Theorem an_outsider_changes_no_name_in_the_spool : forall who mail is_sticky o,
  bound_by_modes who -> file_system (user who) <> root -> in_group mail who = false ->
  may_remove who (spool mail is_sticky) o = false /\ may who WRITE (spool mail is_sticky) = false.
Proof.
  intros who mail is_sticky o B N G. unfold may_remove. rewrite !bound_may by assumption.
  unfold class_digit. simpl. rewrite (proj2 (N.eqb_neq _ _) N), G. split; reflexivity.
Qed.

(** MD-3: with the sticky bit not even group mail takes somebody else's maildrop away. *)
Theorem in_a_sticky_spool_a_maildrop_keeps_its_name : forall who mail recipient,
  bound_by_modes who -> file_system (user who) <> root -> file_system (user who) <> recipient ->
  may_remove who (spool mail true) (maildrop recipient mail) = false.
Proof.
  intros who mail recipient (_ & _ & F) N O. unfold may_remove. simpl.
  rewrite (proj2 (N.eqb_neq _ _) N), (proj2 (N.eqb_neq _ _) O), F. apply andb_false_r.
Qed.

(** Without it, group mail does: why 2775 is only accepted. *)
Theorem without_the_sticky_bit_group_mail_may_take_a_maildrop_away : forall who mail recipient,
  file_system (user who) <> root -> in_group mail who = true ->
  may_remove who (spool mail false) (maildrop recipient mail) = true.
Proof.
  intros who mail recipient N G. unfold may_remove, may, class_digit. simpl.
  now rewrite (proj2 (N.eqb_neq _ _) N), G.
Qed.

(** MD-2, MD-3: the helper, with CAP_CHOWN alone, can make a maildrop, and in one order only: what it has given away
    is no longer its own to change. *)
Definition helper (who : credentials) : Prop :=
  file_system (user who) = root /\ can CHOWN who = true /\ can FOWNER who = false.
Definition as_created : object := Object false root root false 6 0 0.

Theorem fchmod_before_fchown : forall who recipient mail, helper who -> recipient <> root ->
  (match chmod who 6 6 0 as_created with Some o => chown who recipient mail o | None => None end)
    = Some (maildrop recipient mail)
  /\ (match chown who recipient mail as_created with Some o => chmod who 6 6 0 o | None => None end) = None.
Proof.
  intros who [|r] mail (U & C & F) N; [contradiction|]. unfold chmod, chown, may_chmod, may_give_away. simpl.
  rewrite U, C, F. split; reflexivity.
Qed.

Definition helper_as_it_is : credentials :=
  Credentials (all_four root) (all_four 8) [] (set_of [CHOWN]) (set_of [CHOWN]) nothing nothing nothing
              (Securebits off off off off) true.
Example it_is_a_helper : helper helper_as_it_is /\ bound_by_modes helper_as_it_is.
Proof. repeat split. Qed.
