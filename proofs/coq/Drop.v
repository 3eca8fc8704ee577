(* SPDX-License-Identifier: BSD-2-Clause *)
(** * The drop: PV-2, PV-5

    A process that has dropped stays as it is, whatever calls it makes and whatever it executes; what is weaker
    than the drop can be taken back, shown by calls that do it. *)

From Coq Require Import NArith List Bool.
From Postern Require Import Credentials.
Import ListNotations.
Open Scope N_scope.

(** ** What is given up, and what may be had back *)

(** PV-2: exactly these ids and groups, no capability in any set, and no_new_privs. *)
Record dropped (u g : id) (gs : list id) (s : credentials) : Prop := Dropped
  { d_user : user s = all_four u;
    d_group : group s = all_four g;
    d_groups : groups s = gs;
    d_effective : effective_set s = nothing;
    d_permitted : permitted s = nothing;
    d_inheritable : inheritable s = nothing;
    d_bounding : bounding s = nothing;
    d_ambient : ambient s = nothing;
    d_no_new_privs : no_new_privs s = true }.

(** The same, but for the two sets that bound what a program may gain: with no_new_privs it gains nothing anyway. *)
Record held_by_no_new_privs (u g : id) (gs : list id) (s : credentials) : Prop := Held
  { h_user : user s = all_four u;
    h_group : group s = all_four g;
    h_groups : groups s = gs;
    h_effective : effective_set s = nothing;
    h_permitted : permitted s = nothing;
    h_ambient : ambient s = nothing;
    h_no_new_privs : no_new_privs s = true }.

(** Without no_new_privs: all sets are empty. *)
Record without_capability (s : credentials) : Prop := WithoutCapability
  { w_effective : effective_set s = nothing;
    w_permitted : permitted s = nothing;
    w_inheritable : inheritable s = nothing;
    w_bounding : bounding s = nothing;
    w_ambient : ambient s = nothing }.

(** Something of root's: an id or a group that is 0, or a capability. *)
Definition powerful (s : credentials) : bool :=
  one_of root (user s) || (file_system (user s) =? root) || one_of root (group s) || in_group root s
  || negb (effective_set s =? nothing) || negb (permitted s =? nothing) || negb (ambient s =? nothing).

(** ** Each rule, where every id is the same and nothing permits another *)

Lemma one_of_all_four : forall i u, one_of i (all_four u) = (i =? u).
Proof. intros. unfold one_of, all_four. simpl. now destruct (i =? u). Qed.

Lemma given_keeps : forall i u, given_one_of i (all_four u) = true -> given i u = u.
Proof. intros [x|] u H; simpl in *; auto. rewrite one_of_all_four in H. now apply N.eqb_eq in H. Qed.

Lemma res_ids_keeps : forall u r e s now, res_ids (all_four u) r e s false = Some now -> now = all_four u.
Proof.
  unfold res_ids. intros. cbn [orb] in H. destruct (given_one_of r _ && given_one_of e _ && given_one_of s _) eqn:G; try discriminate.
  apply andb_true_iff in G as [G S]. apply andb_true_iff in G as [R E]. injection H as <-.
  simpl. rewrite (given_keeps _ _ R), (given_keeps _ _ E), (given_keeps _ _ S). now destruct (_ && _).
Qed.

Lemma re_ids_keeps : forall u r e now, re_ids (all_four u) r e false = Some now -> now = all_four u.
Proof.
  unfold re_ids. intros. cbn [orb] in H. destruct (_ && _) eqn:G; try discriminate.
  apply andb_true_iff in G as [R E]. injection H as <-. rewrite (given_keeps _ _ E).
  assert (given r u = u) as ->.
  { destruct r as [x|]; simpl in *; auto. apply orb_true_iff in R as [R|R]; now apply N.eqb_eq in R. }
  now destruct r, e; try destruct (negb _).
Qed.

Lemma one_id_keeps : forall u i now, one_id (all_four u) i false = Some now -> now = all_four u.
Proof.
  unfold one_id. simpl. intros. destruct (i =? u) eqn:E; try discriminate.
  apply N.eqb_eq in E as ->. now injection H as <-.
Qed.

Lemma fs_id_keeps : forall u i, fs_id (all_four u) i false = all_four u.
Proof.
  intros. unfold fs_id. rewrite one_of_all_four. simpl. destruct (i =? u) eqn:E; simpl; auto.
  now apply N.eqb_eq in E as ->.
Qed.

Lemma is_within_nothing : forall s, is_within s nothing = true -> s = nothing.
Proof. unfold is_within, without, nothing. intros s H. rewrite N.ldiff_0_r in H. now apply N.eqb_eq. Qed.

Lemma both_nothing : forall s, both s nothing = nothing.
Proof. exact N.land_0_r. Qed.

Lemma nothing_both : forall s, both nothing s = nothing.
Proof. exact N.land_0_l. Qed.

Lemma can_nothing : forall c s, effective_set s = nothing -> can c s = false.
Proof. unfold can. intros c s ->. apply N.bits_0. Qed.

Ltac only_if_permitted H := unfold when in H;
  match type of H with (if ?allowed then _ else _) = _ => destruct allowed eqn:?; [|discriminate] end;
  injection H as <-.

(** ** Nothing comes back *)

Lemma follow_users_keeps : forall s, effective_set s = nothing -> permitted s = nothing -> ambient s = nothing ->
  forall now, let after := follow_users s now in
  user after = now /\ group after = group s /\ groups after = groups s
  /\ effective_set after = nothing /\ permitted after = nothing /\ ambient after = nothing
  /\ inheritable after = inheritable s /\ bounding after = bounding s /\ no_new_privs after = no_new_privs s.
Proof.
  intros s E P A now. unfold follow_users. destruct (on _); simpl; [tauto|]. rewrite E, P, A.
  repeat split; repeat match goal with |- context [if ?b then _ else _] => destruct b end; auto.
Qed.

Lemma follow_file_system_user_keeps : forall s, effective_set s = nothing -> permitted s = nothing ->
  forall now, let after := follow_file_system_user s now in
  user after = now /\ group after = group s /\ groups after = groups s
  /\ effective_set after = nothing /\ permitted after = nothing /\ ambient after = ambient s
  /\ inheritable after = inheritable s /\ bounding after = bounding s /\ no_new_privs after = no_new_privs s.
Proof.
  intros s E P now. unfold follow_file_system_user. destruct (on _); simpl; [tauto|]. rewrite E, P, nothing_both.
  repeat split; repeat match goal with |- context [if ?b then _ else _] => destruct b end; auto.
Qed.

(** With no_new_privs, executing a file changes neither ids nor sets. *)
Lemma exec_keeps : forall u g gs s f after, u <> root -> held_by_no_new_privs u g gs s ->
  exec s f = Some after -> held_by_no_new_privs u g gs after.
Proof.
  intros u g gs s f after N [U G GS E P A NNP] X. unfold exec in X.
  assert (in_group g s = true) as IG by (unfold in_group; rewrite G; simpl; now rewrite N.eqb_refl).
  assert (u =? root = false) as NR by now apply N.eqb_neq.
  rewrite U, G, P, A, NNP in X. rewrite andb_false_r in X. cbn -[root] in X.
  rewrite IG, NR, N.eqb_refl in X. cbn [negb orb andb] in X. rewrite !andb_false_r in X. cbn [orb andb] in X.
  match type of X with (if ?enough then _ else _) = _ => destruct enough; [|discriminate] end.
  injection X as <-.
  split; simpl; auto.
  all: repeat match goal with |- context [if ?b then _ else _] => destruct b eqn:? end; simpl in *;
    rewrite ?both_nothing; auto.
  all: match goal with H : negb (is_within _ nothing) && true = false |- _ =>
         rewrite andb_true_r, negb_false_iff in H; apply is_within_nothing in H; now rewrite H end.
Qed.

Lemma no_new_privs_holds : forall u g gs s c, u <> root -> held_by_no_new_privs u g gs s ->
  held_by_no_new_privs u g gs (apply s c).
Proof.
  intros u g gs s c N H. unfold apply. destruct (answer s c) as [after|] eqn:X; auto.
  pose proof H as [U G GS E P A NNP].
  pose proof (follow_users_keeps s E P A) as FU. pose proof (follow_file_system_user_keeps s E P) as FF.
  destruct c; cbn [answer] in X; rewrite ?(can_nothing _ _ E), ?U, ?G in X; cbn [when andb] in X; try discriminate.
  all: try (eapply exec_keeps; eassumption).
  all: try match type of X with option_map _ ?ids = _ => destruct ids as [now|] eqn:I; [|discriminate];
         simpl in X; injection X as <-;
         (apply res_ids_keeps in I || apply re_ids_keeps in I || apply one_id_keeps in I); subst now end.
  all: try (only_if_permitted X).
  all: try (injection X as <-).
  all: rewrite ?fs_id_keeps.
  all: try (destruct (FU (all_four u)) as (?&?&?&?&?&?&?&?&?); split; congruence).
  all: try (destruct (FF (all_four u)) as (?&?&?&?&?&?&?&?&?); split; congruence).
  all: split; simpl; auto.
  all: unfold capset_allowed in *; rewrite ?P, ?A in *;
    repeat match goal with H : _ && _ = true |- _ => apply andb_true_iff in H as [? ?] end;
    repeat match goal with H : is_within _ nothing = true |- _ => apply is_within_nothing in H; subst end;
    rewrite ?nothing_both in *; auto.
  all: repeat match goal with H : is_within _ nothing = true |- _ => apply is_within_nothing in H; subst end; auto.
Qed.

(** No set has anything: none ever has, whatever is executed. *)
Lemma sets_stay_empty : forall s c, without_capability s -> without_capability (apply s c).
Proof.
  intros s c H. unfold apply. destruct (answer s c) as [after|] eqn:X; auto.
  pose proof H as [E P I B A].
  pose proof (follow_users_keeps s E P A) as FU. pose proof (follow_file_system_user_keeps s E P) as FF.
  destruct c; cbn [answer] in X; rewrite ?(can_nothing _ _ E) in X; cbn [when andb] in X; try discriminate.
  all: try match type of X with option_map _ ?ids = _ => destruct ids as [now|] eqn:?; [|discriminate];
         simpl in X; injection X as <- end.
  all: try (match goal with |- without_capability (follow_users _ ?now) =>
              destruct (FU now) as (?&?&?&?&?&?&?&?&?); split; congruence end).
  all: try (only_if_permitted X).
  all: try (injection X as <-).
  all: try (match goal with |- without_capability (follow_file_system_user _ ?now) =>
              destruct (FF now) as (?&?&?&?&?&?&?&?&?); split; congruence end).
  all: try (split; simpl; auto; fail).
  - unfold capset_allowed in *. rewrite I, P, B, A in *.
    repeat match goal with H : _ && _ = true |- _ => apply andb_true_iff in H as [? ?] end.
    repeat match goal with H : is_within _ (union nothing nothing) = true |- _ => apply is_within_nothing in H
           | H : is_within _ nothing = true |- _ => apply is_within_nothing in H end. subst.
    match goal with H : is_within _ nothing = true |- _ => apply is_within_nothing in H; subst end.
    split; auto.
  - rewrite P in *. rewrite nothing_both in *.
    repeat match goal with H : _ && _ = true |- _ => apply andb_true_iff in H as [? ?] end.
    match goal with H : is_within _ nothing = true |- _ => apply is_within_nothing in H; subst end.
    split; simpl; auto. now rewrite A.
  - unfold exec in X. rewrite P, I, B, A in X.
    match type of X with (if ?enough then _ else _) = _ => destruct enough; [|discriminate] end.
    injection X as <-. split; simpl; auto.
    all: repeat match goal with |- context [match ?o with Some _ => _ | None => _ end] => destruct o as [[[? ?] ?]|] end;
      rewrite ?nothing_both; repeat match goal with |- context [if ?b then _ else _] => destruct b end; auto.
Qed.

Lemma always : forall (P : credentials -> Prop), (forall s c, P s -> P (apply s c)) ->
  forall cs s, P s -> P (run s cs).
Proof. intros P S. induction cs; simpl; auto. Qed.

(** PV-2: nothing that a dropped process calls or executes changes an id, a group or a set. *)
Theorem the_drop_is_irrevocable : forall u g gs s cs, u <> root ->
  dropped u g gs s -> dropped u g gs (run s cs).
Proof.
  intros u g gs s cs N [U G GS E P I B A NNP].
  assert (held_by_no_new_privs u g gs (run s cs)) as [].
  { apply always; [intros; now apply no_new_privs_holds | now split]. }
  assert (without_capability (run s cs)) as [].
  { apply always; [apply sets_stay_empty | now split]. }
  now split.
Qed.

(** PV-5: so it never has anything of root's again. *)
Theorem the_drop_leaves_no_power : forall u g gs s cs, u <> root -> g <> root -> ~ In root gs ->
  dropped u g gs s -> powerful (run s cs) = false.
Proof.
  intros u g gs s cs NU NG NGS D. apply (the_drop_is_irrevocable _ _ _ _ cs NU) in D as [U G GS E P I B A NNP].
  unfold powerful, in_group. rewrite U, G, GS, E, P, A, !one_of_all_four.
  assert (existsb (N.eqb root) gs = false) as ->.
  { apply not_true_iff_false. rewrite existsb_exists. intros [x [In_x H]]. apply N.eqb_eq in H. now subst. }
  cbn -[root]. rewrite (N.eqb_sym root u), (N.eqb_sym root g).
  now rewrite (proj2 (N.eqb_neq u root) NU), (proj2 (N.eqb_neq g root) NG).
Qed.

(** Two layers: either would keep capabilities away. Of ids, no_new_privs alone keeps root's away: see
    [anything_weaker_is_revocable]. *)
Theorem no_new_privs_holds_without_a_bounding_set : forall u g gs s cs, u <> root ->
  held_by_no_new_privs u g gs s -> held_by_no_new_privs u g gs (run s cs).
Proof. intros. apply always; [intros; now apply no_new_privs_holds | assumption]. Qed.

Theorem an_empty_bounding_set_holds_without_no_new_privs : forall s cs,
  without_capability s -> without_capability (run s cs).
Proof. intros. apply always; [apply sets_stay_empty | assumption]. Qed.

(** ** The drop as it is made *)

Definition root_with_everything (gs : list id) : credentials :=
  Credentials (all_four root) (all_four root) gs every_capability every_capability nothing every_capability nothing
              (Securebits off off off off) false.

(** All locked. no_setuid_fixup is off, so that to leave uid 0 clears the sets. *)
Definition locked_bits : securebits :=
  Securebits (Bit true true) (Bit false true) (Bit false true) (Bit true true).

(** The order of daemon/sys/credentials.cc. *)
Definition the_drop (u g : id) (gs : list id) : list call :=
  [ ForbidNewPrivs; SetSecurebits locked_bits; DropBounding every_capability; ClearAmbient;
    Setgroups gs; Setresgid (Some g) (Some g) (Some g); Setresuid (Some u) (Some u) (Some u);
    Capset nothing nothing nothing ].

Theorem the_drop_gives_all_up : forall u g gs held, u <> root ->
  dropped u g gs (run (root_with_everything held) (the_drop u g gs)).
Proof. intros [|u] g gs held N; [contradiction|]. destruct g; split; reflexivity. Qed.

(** A set-uid file of root's: every system has some. *)
Definition set_uid_root : program := Program root root true false false None.

(** Each drop that somebody has forgotten something of, and the calls that take back what was left. *)
Definition weaker_drops (u g : id) : list (list call * list call) :=
  let U := Some u in let G := Some g in
  let groups := [Setgroups [g]; Setresgid G G G] in
  [ (* the groups: those that root was started in *)
    ([ForbidNewPrivs; DropBounding every_capability; Setresgid G G G; Setresuid U U U], []);
    (* the group ids *)
    ([ForbidNewPrivs; DropBounding every_capability; Setgroups [g]; Setresuid U U U], []);
    (* the wrong order: the user first, after which the groups cannot be left *)
    ([ForbidNewPrivs; DropBounding every_capability; Setresuid U U U] ++ groups, []);
    (* the saved user id *)
    ([ForbidNewPrivs; DropBounding every_capability] ++ groups ++ [Setresuid U U None],
     [Setresuid None (Some root) None]);
    (* the real user id *)
    ([ForbidNewPrivs; DropBounding every_capability] ++ groups ++ [Setresuid None U U], [Setreuid None (Some root)]);
    (* all but the effective user id *)
    ([ForbidNewPrivs; DropBounding every_capability] ++ groups ++ [Setresuid None U None], [Setuid root]);
    (* the flag that keeps capabilities *)
    ([ForbidNewPrivs; DropBounding every_capability; KeepCapabilities true] ++ groups ++ [Setresuid U U U],
     [Capset every_capability every_capability nothing; Setuid root]);
    (* the securebit that keeps the sets as they are *)
    ([ForbidNewPrivs; SetSecurebits (Securebits off (Bit true false) off off)] ++ groups ++ [Setresuid U U U],
     [Setuid root]);
    (* no_new_privs *)
    ([SetSecurebits locked_bits; DropBounding every_capability] ++ groups
       ++ [Setresuid U U U; Capset nothing nothing nothing], [Exec set_uid_root]) ].

Theorem anything_weaker_is_revocable : forall u g, u <> root -> g <> root ->
  Forall (fun weaker => powerful (run (run (root_with_everything [root]) (fst weaker)) (snd weaker)) = true)
         (weaker_drops u g).
Proof.
  intros [|u] [|g] NU NG; try contradiction. unfold weaker_drops. repeat apply Forall_cons; try apply Forall_nil.
  all: cbv -[Pos.eqb]; rewrite ?Pos.eqb_refl; reflexivity.
Qed.

(** The same calls take nothing back from the drop itself. *)
Example nothing_is_taken_back : forall taking, In taking (map snd (weaker_drops 8 12)) ->
  powerful (run (run (root_with_everything [root]) (the_drop 8 12 [12])) taking) = false.
Proof.
  intros taking _. apply the_drop_leaves_no_power with (u := 8) (g := 12) (gs := [12]); try discriminate.
  - intros [H|[]]. discriminate.
  - apply the_drop_gives_all_up. discriminate.
Qed.
