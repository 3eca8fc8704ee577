(* SPDX-License-Identifier: BSD-2-Clause *)
(** * Lemmas on texts: octets, folding, splitting, positions. Nothing here is a claim about access domains. *)

From Coq Require Import Ascii String List Arith Bool Lia.
From Postern Require Import AccessDomain.
Import ListNotations.
Open Scope char_scope.
Open Scope list_scope.
Open Scope nat_scope.

(** A claim on one octet, by its 256 values. *)
Ltac each_octet o := destruct o as [[] [] [] [] [] [] [] []]; vm_compute.

Lemma same_text_eq : forall a b, same_text a b = true <-> a = b.
Proof.
  induction a as [|x a IH]; destruct b as [|y b]; simpl; try (split; congruence).
  rewrite andb_true_iff, Ascii.eqb_eq, IH. split; [intros [-> ->]; auto | intros H; injection H; auto].
Qed.

Lemma same_text_refl : forall a, same_text a a = true.
Proof. intros; apply same_text_eq; reflexivity. Qed.

Lemma same_text_neq : forall a b, same_text a b = false <-> a <> b.
Proof.
  intros. rewrite <- same_text_eq. destruct (same_text a b); split; congruence.
Qed.

Lemma same_labels_eq : forall a b, same_labels a b = true <-> a = b.
Proof.
  induction a as [|x a IH]; destruct b as [|y b]; simpl; try (split; congruence).
  rewrite andb_true_iff, same_text_eq, IH. split; [intros [-> ->]; auto | intros H; injection H; auto].
Qed.

Lemma same_bits_eq : forall a b, same_bits a b = true <-> a = b.
Proof.
  induction a as [|x a IH]; destruct b as [|y b]; simpl; try (split; congruence).
  rewrite andb_true_iff, Bool.eqb_true_iff, IH. split; [intros [-> ->]; auto | intros H; injection H; auto].
Qed.

(** ** Positions *)

Lemma position_exists : forall A (p : A -> bool) l,
  existsb p l = match position p l with Some _ => true | None => false end.
Proof.
  induction l as [|x l IH]; simpl; auto.
  destruct (p x); simpl; auto. rewrite IH. destruct (position p l); auto.
Qed.

Lemma position_some : forall A (p : A -> bool) l i, position p l = Some i ->
  exists x, nth_error l i = Some x /\ p x = true
    /\ forall j y, j < i -> nth_error l j = Some y -> p y = false.
Proof.
  induction l as [|x l IH]; simpl; try discriminate.
  intros i H. destruct (p x) eqn:E.
  - injection H as <-. exists x. repeat split; auto. intros; lia.
  - destruct (position p l) eqn:P; simpl in H; try discriminate. injection H as <-.
    destruct (IH _ eq_refl) as [y [N [Y L]]]. exists y. repeat split; auto.
    intros [|j] z J Z; simpl in Z. { injection Z as <-; auto. } apply (L j); auto; lia.
Qed.

Lemma existsb_false : forall A (p : A -> bool) l,
  existsb p l = false <-> forall x, In x l -> p x = false.
Proof.
  intros. rewrite <- not_true_iff_false, existsb_exists. split.
  - intros H x I. destruct (p x) eqn:E; auto. exfalso; eauto.
  - intros H [x [I E]]. rewrite H in E; auto; discriminate.
Qed.

(** ** Splitting and joining *)

Lemma split_not_nil : forall s t, split s t <> [].
Proof.
  destruct t as [|o t]; simpl; try discriminate.
  destruct (Ascii.eqb o s); try discriminate. destruct (split s t); discriminate.
Qed.

Lemma join_cons : forall s p ps, ps <> [] -> join s (p :: ps) = p ++ s :: join s ps.
Proof. intros. destruct ps; simpl; congruence. Qed.

Lemma join_split : forall s t, join s (split s t) = t.
Proof.
  induction t as [|o t IH]; auto. simpl. destruct (Ascii.eqb o s) eqn:E.
  - apply Ascii.eqb_eq in E as ->. rewrite join_cons by apply split_not_nil. simpl. congruence.
  - destruct (split s t) as [|p ps] eqn:P. { now apply split_not_nil in P. }
    destruct ps; simpl in *; congruence.
Qed.

Lemma split_app : forall s a b, split s (a ++ s :: b) = split s a ++ split s b.
Proof.
  induction a as [|o a IH]; intros b; simpl.
  - now rewrite Ascii.eqb_refl.
  - rewrite IH. destruct (Ascii.eqb o s); auto.
    destruct (split s a) eqn:P; auto. now apply split_not_nil in P.
Qed.

Lemma join_app : forall s a b, a <> [] -> b <> [] -> join s (a ++ b) = join s a ++ s :: join s b.
Proof.
  induction a as [|p a IH]; intros b A B; try congruence.
  destruct a as [|q a].
  - simpl. destruct b; simpl; congruence.
  - change ((p :: q :: a) ++ b) with (p :: (q :: a) ++ b).
    rewrite !join_cons by (try discriminate; simpl; discriminate).
    rewrite IH by (try discriminate; auto). now rewrite <- app_assoc.
Qed.

Lemma contains_in : forall o t, contains o t = true <-> In o t.
Proof.
  intros. unfold contains. rewrite existsb_exists. split.
  - intros [x [I E]]. apply Ascii.eqb_eq in E as ->; auto.
  - intros I. exists o. split; auto. apply Ascii.eqb_refl.
Qed.

Lemma contains_app : forall o a b, contains o (a ++ b) = contains o a || contains o b.
Proof. intros. apply existsb_app. Qed.

Lemma split_whole : forall s t, contains s t = false -> split s t = [t].
Proof.
  induction t as [|o t IH]; simpl; auto. intros H. apply orb_false_iff in H as [E H].
  rewrite Ascii.eqb_sym, E, IH; auto.
Qed.

Lemma split_app_whole : forall s w t, contains s w = false ->
  exists piece pieces, split s t = piece :: pieces /\ split s (w ++ t) = (w ++ piece) :: pieces.
Proof.
  induction w as [|x w IH]; intros t C.
  - destruct (split s t) as [|p ps] eqn:P. { now apply split_not_nil in P. }
    exists p, ps. auto.
  - simpl in C. apply orb_false_iff in C as [X C]. destruct (IH t C) as [p [ps [H H']]].
    exists p, ps. split; auto. simpl app. cbn [split]. rewrite Ascii.eqb_sym, X, H'. auto.
Qed.

Lemma split_join : forall s ps, ps <> [] -> (forall p, In p ps -> contains s p = false) ->
  split s (join s ps) = ps.
Proof.
  induction ps as [|p ps IH]; intros N H; try congruence.
  destruct ps as [|q ps].
  - simpl. apply split_whole. apply H; left; auto.
  - rewrite join_cons by discriminate. rewrite split_app, IH by (try discriminate; intros; apply H; right; auto).
    rewrite split_whole by (apply H; left; auto). auto.
Qed.

Lemma forallb_split : forall s (p : octet -> bool) t,
  (forall o, Ascii.eqb o s = false -> In o t -> p o = true) ->
  forall piece, In piece (split s t) -> forallb p piece = true.
Proof.
  induction t as [|o t IH]; simpl; intros H piece I.
  - destruct I as [<-|[]]; auto.
  - destruct (Ascii.eqb o s) eqn:E.
    + destruct I as [<-|I]; auto.
    + destruct (split s t) as [|q qs] eqn:P. { now apply split_not_nil in P. }
      destruct I as [<-|I]; [|apply IH; [auto|right; auto]].
      simpl. rewrite H by auto. apply IH; [auto|left; auto].
Qed.

(** ** Folding *)

Lemma fold_octet_twice : forall o, fold_octet (fold_octet o) = fold_octet o.
Proof. intros o; each_octet o; reflexivity. Qed.

Lemma fold_case_twice : forall t, fold_case (fold_case t) = fold_case t.
Proof. intros; unfold fold_case; rewrite map_map; apply map_ext; apply fold_octet_twice. Qed.

Lemma fold_octet_dot : forall o, Ascii.eqb (fold_octet o) "." = Ascii.eqb o ".".
Proof. intros o; each_octet o; reflexivity. Qed.

Lemma split_fold : forall t, split "." (fold_case t) = map fold_case (split "." t).
Proof.
  induction t as [|o t IH]; auto. change (fold_case (o :: t)) with (fold_octet o :: fold_case t).
  cbn [split]. rewrite fold_octet_dot, IH. destruct (Ascii.eqb o "."); auto.
  destruct (split "." t); auto.
Qed.

(** ** Blanks *)

Definition no_blank (t : text) : bool := forallb (fun o => negb (is_blank_octet o)) t.

Lemma drop_no_blanks : forall t, no_blank t = true -> drop_blanks t = t.
Proof.
  destruct t as [|o t]; simpl; auto. rewrite andb_true_iff. intros [H _].
  apply negb_true_iff in H. now rewrite H.
Qed.

Lemma no_blank_rev : forall t, no_blank t = true -> no_blank (rev t) = true.
Proof.
  unfold no_blank. intros t. rewrite !forallb_forall. intros H o I. apply H. now apply in_rev.
Qed.

Lemma entry_of_no_blanks : forall t, no_blank t = true -> entry_of t = move_fault 0 (entry_of_trimmed t).
Proof.
  intros t H. unfold entry_of, trim, blanks_before.
  rewrite (drop_no_blanks t), (drop_no_blanks (rev t)), rev_involutive, Nat.sub_diag
    by auto using no_blank_rev.
  reflexivity.
Qed.

Lemma no_blank_app : forall a b, no_blank (a ++ b) = no_blank a && no_blank b.
Proof. intros. unfold no_blank. apply forallb_app. Qed.
