(* SPDX-License-Identifier: BSD-2-Clause *)
(** * The life of the daemon: PV-1, PV-5

    Processes that fork and make calls, a dispatcher that listens when all have shown that they dropped. Whatever
    is called, by whomever, in whatever order: no connection exists while anything but the helper has something of
    root's. *)

From Coq Require Import NArith List Bool.
From Postern Require Import Credentials Drop.
Import ListNotations.
Open Scope N_scope.

Inductive role := Dispatcher | Helper | Module.

(** [configured]: the groups that it is to drop to: deliver's have mail beside the MTA's. *)
Record process := Process { role_of : role; configured : list id; holds : credentials }.

(** [listening]: of the sockets that the dispatcher has bound. [connections]: those that the kernel let in. *)
Record state := State { processes : list process; listening : bool; connections : nat }.

Definition is_helper (p : process) : bool := match role_of p with Helper => true | _ => false end.

(** What a process sees when it reads its credentials back. *)
Definition same_groups (a b : list id) : bool := if list_eq_dec N.eq_dec a b then true else false.
Definition has_dropped (u g : id) (p : process) : bool :=
  let s := holds p in
  same_ids (user s) (all_four u) && same_ids (group s) (all_four g) && same_groups (groups s) (configured p)
  && (effective_set s =? nothing) && (permitted s =? nothing) && (inheritable s =? nothing)
  && (bounding s =? nothing) && (ambient s =? nothing) && no_new_privs s.

Inductive event :=
| Call (n : nat) (c : call)                  (* the process at n calls, as it pleases *)
| Fork (n : nat) (r : role) (gs : list id)   (* and forks *)
| Listen                                     (* the dispatcher: it has seen that all have dropped *)
| Connect                                    (* somebody outside *)
| Disconnect.

Fixpoint changed (n : nat) (f : process -> process) (l : list process) : list process :=
  match l, n with
  | p :: rest, O => f p :: rest
  | p :: rest, S n' => p :: changed n' f rest
  | [], _ => []
  end.

(** The helper's filter lets it neither fork nor change its credentials (PV-5); nobody forks a helper once there is
    listening, and no module of the daemon gets other groups by a fork. *)
Definition step (u g : id) (s : state) (e : event) : state :=
  match e with
  | Call n c =>
      State (changed n (fun p => if is_helper p then p
                                 else Process (role_of p) (configured p) (apply (holds p) c)) (processes s))
            (listening s) (connections s)
  | Fork n r gs =>
      match nth_error (processes s) n with
      | Some p =>
          if is_helper p then s
          else let child := if listening s then Process Module (configured p) (holds p) else Process r gs (holds p) in
               State (child :: processes s) (listening s) (connections s)
      | None => s
      end
  | Listen =>
      if forallb (fun p => is_helper p || has_dropped u g p) (processes s)
      then State (processes s) true (connections s) else s
  | Connect => if listening s then State (processes s) true (S (connections s)) else s
  | Disconnect => State (processes s) (listening s) (pred (connections s))
  end.

Definition start (held : list id) : state :=
  State [Process Dispatcher [] (root_with_everything held)] false 0.

Definition life (u g : id) (held : list id) (events : list event) : state :=
  fold_left (step u g) events (start held).

Lemma same_ids_all_four : forall a u, same_ids a (all_four u) = true -> a = all_four u.
Proof.
  intros [r e s f] u H. unfold same_ids in H. simpl in H.
  repeat match goal with H : _ && _ = true |- _ => apply andb_true_iff in H as [? ?] end.
  repeat match goal with H : (_ =? _) = true |- _ => apply N.eqb_eq in H end. now subst.
Qed.

Lemma has_dropped_is_dropped : forall u g p, has_dropped u g p = true -> dropped u g (configured p) (holds p).
Proof.
  unfold has_dropped, same_groups. intros u g p H.
  repeat match goal with H : _ && _ = true |- _ => apply andb_true_iff in H as [H ?] end.
  repeat match goal with H : (_ =? nothing) = true |- _ => apply N.eqb_eq in H end.
  split; auto using same_ids_all_four. now destruct (list_eq_dec _ _ _).
Qed.

Definition safe (u g : id) (p : process) : Prop := is_helper p = true \/ dropped u g (configured p) (holds p).

Lemma changed_in : forall n f l p, In p (changed n f l) -> exists q, In q l /\ (p = q \/ p = f q).
Proof.
  induction n; destruct l as [|q l]; simpl; intros p H; try contradiction.
  - destruct H as [<-|H]; eauto.
  - destruct H as [<-|H]; eauto. apply IHn in H as [x [I E]]. eauto.
Qed.

Definition kept (u g : id) (s : state) : Prop :=
  (listening s = true -> forall p, In p (processes s) -> safe u g p)
  /\ (listening s = false -> connections s = O).

Lemma step_keeps : forall u g s e, u <> root -> kept u g s -> kept u g (step u g s e).
Proof.
  intros u g s e N [K C]. unfold step. destruct e.
  - split; simpl; auto. intros L p H. apply changed_in in H as [q [I E]]. specialize (K L q I).
    destruct E as [->| ->]; auto. destruct (is_helper q) eqn:Q; auto.
    destruct K as [K|K]; [congruence|]. right. simpl. now apply (the_drop_is_irrevocable u g _ _ [c]).
  - destruct (nth_error _ n) as [p|] eqn:P; [|now split]. destruct (is_helper p) eqn:Q; [now split|].
    split; simpl; auto. intros L q [<-|I]; auto. rewrite L.
    destruct (K L p (nth_error_In _ _ P)) as [H|H]; [congruence | now right].
  - destruct (forallb _ _) eqn:F; [|now split]. split; simpl; [|discriminate].
    intros _ p I. rewrite forallb_forall in F. specialize (F p I). apply orb_true_iff in F as [F|F].
    + now left.
    + right. now apply has_dropped_is_dropped.
  - destruct (listening s) eqn:L; split; simpl; auto; congruence.
  - split; simpl; auto. intros L. now rewrite (C L).
Qed.

Lemma life_keeps : forall u g held events, u <> root -> kept u g (life u g held events).
Proof.
  intros u g held events N. unfold life.
  assert (forall s, kept u g s -> kept u g (fold_left (step u g) events s)) as H.
  { induction events; simpl; auto using step_keeps. }
  apply H. split; simpl; [discriminate | reflexivity].
Qed.

(** PV-1, PV-1a: while there is a connection, or could be, every process but the helper has dropped for good. *)
Theorem no_connection_before_the_drop : forall u g held events p, u <> root ->
  let s := life u g held events in
  listening s = true \/ connections s <> O ->
  In p (processes s) -> is_helper p = false -> dropped u g (configured p) (holds p).
Proof.
  intros u g held events p N s L I H. destruct (life_keeps u g held events N) as [K C]. fold s in K, C.
  assert (listening s = true) as L'.
  { destruct L as [L|L]; auto. now destruct (listening s) eqn:E; auto. }
  destruct (K L' p I) as [S|S]; [congruence | assumption].
Qed.

(** PV-5: then only the helper has anything of root's. *)
Theorem only_the_helper_is_privileged : forall u g held events p, u <> root -> g <> root ->
  let s := life u g held events in
  listening s = true \/ connections s <> O ->
  In p (processes s) -> ~ In root (configured p) -> powerful (holds p) = true -> role_of p = Helper.
Proof.
  intros u g held events p NU NG s L I NGS P.
  destruct (is_helper p) eqn:H; [unfold is_helper in H; destruct (role_of p); congruence|].
  pose proof (no_connection_before_the_drop u g held events p NU L I H) as D.
  pose proof (the_drop_leaves_no_power u g _ _ [] NU NG NGS D) as Q. simpl in Q. congruence.
Qed.

(** The youngest process is at 0. *)
Example a_connection_with_a_helper :
  let s := life 8 12 [0] (Fork 0 Helper [] :: map (Call 1) (the_drop 8 12 []) ++ [Listen; Connect]) in
  connections s = 1%nat /\ existsb (fun p => is_helper p && powerful (holds p)) (processes s) = true.
Proof. split; reflexivity. Qed.

Example nobody_connects_while_one_has_not_dropped :
  let s := life 8 12 [0] (Fork 0 Module [] :: map (Call 1) (the_drop 8 12 []) ++ [Listen; Connect]) in
  listening s = false /\ connections s = 0%nat.
Proof. split; reflexivity. Qed.
