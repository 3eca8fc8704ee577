(* SPDX-License-Identifier: BSD-2-Clause *)
(** * Theorems on the steps: AD-1 to AD-5, AD-G1, AD-G5, AD-G8, AD-C2, AD-C6 to AD-C8 *)

From Coq Require Import Ascii String List Arith Bool Lia.
From Postern Require Import AccessDomain Texts Grammar.
Import ListNotations.
Open Scope char_scope.
Open Scope list_scope.
Open Scope nat_scope.

Definition allowed (d : decision) : Prop := verdict_of d = Allow.

(** Verdict and step, without the positions. *)
Definition outcome (l : list entry) (c : client) (names : list text) : verdict * nat :=
  let d := decide l c names in (verdict_of d, step_of d).

(** The five steps by what the list holds. *)
Lemma outcome_by_steps : forall l c names, outcome l c names =
  if forallb is_blank l then (Allow, 1)
  else if existsb is_none l then (Deny, 2)
  else if existsb (address_matches c) l then (Allow, 3)
  else if existsb (some_name_matches names) l then (Allow, 4)
  else (Deny, 5).
Proof.
  intros. unfold outcome, decide. rewrite !position_exists.
  destruct (forallb is_blank l); auto. destruct (position is_none l); auto.
  destruct (position (address_matches c) l); auto. destruct (position (some_name_matches names) l); auto.
Qed.

Lemma allowed_by_outcome : forall l c names, allowed (decide l c names) <-> fst (outcome l c names) = Allow.
Proof. intros. unfold outcome, allowed. reflexivity. Qed.

Lemma all_blank : forall l, forallb is_blank l = true <-> forall e, In e l -> e = Blank.
Proof.
  intros. rewrite forallb_forall. split; intros H e I; specialize (H e I); destruct e; simpl in *; congruence.
Qed.

Lemma not_all_blank : forall l, forallb is_blank l = false <-> exists e, In e l /\ e <> Blank.
Proof.
  induction l as [|e l IH]; simpl.
  - split; [discriminate | intros [e [[] _]]].
  - rewrite andb_false_iff, IH. split.
    + intros [H|[x [I N]]]; [exists e; destruct e; simpl in H; split; auto; discriminate | exists x; auto].
    + intros [x [[->|I] N]]; [left; destruct x; simpl; congruence | right; eauto].
Qed.

Lemma none_in : forall l, existsb is_none l = true <-> In Keyword l.
Proof.
  intros. rewrite existsb_exists. split.
  - intros [e [I E]]. destruct e; try discriminate; auto.
  - intros I; exists Keyword; auto.
Qed.

Lemma name_matches_some : forall names e, some_name_matches names e = true <->
  exists domain name, e = DomainName domain /\ In name names
    /\ is_within (without_trailing_dot name) domain = true /\ qualifies name = true.
Proof.
  intros. unfold some_name_matches. rewrite existsb_exists. split.
  - intros [n [I M]]. destruct e; try discriminate. simpl in M. apply andb_true_iff in M as [W Q]. eauto 7.
  - intros [d [n [-> [I [W Q]]]]]. exists n. split; auto. simpl. now rewrite W, Q.
Qed.

(** ** AD-G1 *)

Lemma existsb_same_set : forall (p : entry -> bool) l l', p Blank = false ->
  (forall e, e <> Blank -> (In e l <-> In e l')) -> existsb p l = existsb p l'.
Proof.
  intros p l l' B H. apply eq_true_iff_eq. rewrite !existsb_exists.
  split; intros [e [I P]]; exists e; split; auto; apply H; auto; intros ->; congruence.
Qed.

Theorem order_and_duplicates_do_not_matter : forall l l' c names,
  (forall e, e <> Blank -> (In e l <-> In e l')) -> outcome l c names = outcome l' c names.
Proof.
  intros l l' c names H. rewrite !outcome_by_steps.
  rewrite (existsb_same_set is_none l l'), (existsb_same_set (address_matches c) l l'),
    (existsb_same_set (some_name_matches names) l l') by (auto; try (destruct c; auto);
      unfold some_name_matches; apply existsb_false; auto).
  replace (forallb is_blank l) with (forallb is_blank l'); auto.
  apply eq_true_iff_eq. rewrite !all_blank. split; intros A e I; destruct e; auto; apply A; apply H; auto; discriminate.
Qed.

Example order_and_duplicates_premise : forall e, e <> Blank ->
  (In e [Keyword; Blank; IpPattern zero zero zero zero] <-> In e [IpPattern zero zero zero zero; Keyword; Keyword]).
Proof. simpl; intuition congruence. Qed.

(** AD-C5: any one that qualifies serves. *)
Theorem the_order_of_names_does_not_matter : forall l c names names',
  (forall n, In n names <-> In n names') -> outcome l c names = outcome l c names'.
Proof.
  intros l c names names' H. rewrite !outcome_by_steps.
  replace (existsb (some_name_matches names) l) with (existsb (some_name_matches names') l); auto.
  apply eq_true_iff_eq. rewrite !existsb_exists.
  split; intros [e [I M]]; exists e; split; auto; apply name_matches_some in M as [d [n [-> [J R]]]];
    apply name_matches_some; exists d, n; rewrite (H n) in *; auto.
Qed.

Example the_order_of_names_premise : forall n,
  In n [text_of "a.test"; text_of "b.test"] <-> In n [text_of "b.test"; text_of "a.test"; text_of "b.test"].
Proof. simpl; intuition. Qed.

(** ** AD-1 *)

Theorem removing_the_last_entry_opens_the_account : forall e l c names,
  e <> Blank -> (forall x, In x l -> x = Blank) -> outcome l c names = (Allow, 1).
Proof. intros e l c names _ H. rewrite outcome_by_steps. apply all_blank in H. now rewrite H. Qed.

Example the_last_entry_can_be_removed :
  Keyword <> Blank /\ forall x, In x (map entry_of [text_of " "]) -> x = Blank.
Proof. split; [discriminate | intros x [<-|[]]; reflexivity]. Qed.

Theorem the_empty_list_is_the_only_list_open_by_the_first_step : forall l c names,
  outcome l c names = (Allow, 1) <-> (forall e, In e l -> e = Blank).
Proof.
  intros. rewrite outcome_by_steps, <- all_blank. destruct (forallb is_blank l); split; auto; try discriminate.
  destruct (existsb is_none l), (existsb (address_matches c) l), (existsb (some_name_matches names) l); discriminate.
Qed.

(** Of the lists that the chapter can write, only the empty one admits everyone. *)
Theorem the_empty_list_is_the_only_open_list : forall l,
  (forall address length, ~ In (Ipv6Prefix address length) l) ->
  (forall c names, allowed (decide l c names)) -> forall e, In e l -> e = Blank.
Proof.
  intros l N H. specialize (H (Ipv6 []) []). rewrite allowed_by_outcome, outcome_by_steps in H.
  destruct (forallb is_blank l) eqn:B. { now apply all_blank. } exfalso.
  destruct (existsb is_none l); [discriminate|].
  destruct (existsb (address_matches (Ipv6 [])) l) eqn:A.
  { apply existsb_exists in A as [e [I M]]. destruct e; try discriminate. now apply N in I. }
  destruct (existsb (some_name_matches []) l) eqn:S; [|discriminate].
  apply existsb_exists in S as [e [I M]]. discriminate.
Qed.

Example the_empty_list_is_open : forall c names, allowed (decide [] c names).
Proof. reflexivity. Qed.

(** With AD-G9 one more list is open: both wildcards. *)
Theorem the_extension_can_write_another_open_list : forall c names,
  allowed (decide (map (fun s => entry_of (text_of s)) ["0.0.0.0"%string; "::/0"%string]) c names).
Proof. intros [a b c d|address] names; reflexivity. Qed.

(** ** AD-2 *)

Theorem none_denies_everyone : forall l c names, In Keyword l -> outcome l c names = (Deny, 2).
Proof.
  intros l c names H. rewrite outcome_by_steps, (proj2 (none_in l) H).
  destruct (forallb is_blank l) eqn:B; auto. now rewrite all_blank in B; apply B in H.
Qed.

Example none_can_stand_in_a_list : In Keyword (map entry_of [text_of "0.0.0.0"; text_of " NoNe"]).
Proof. right; left; reflexivity. Qed.

(** ** AD-5, default deny *)

Theorem allowed_only_for_a_listed_reason : forall l c names,
  allowed (decide l c names) <->
  (forall e, In e l -> e = Blank)
  \/ ~ In Keyword l
     /\ ((exists e, In e l /\ address_matches c e = true)
         \/ (exists domain name, In (DomainName domain) l /\ In name names
              /\ is_within (without_trailing_dot name) domain = true /\ qualifies name = true)).
Proof.
  intros. rewrite allowed_by_outcome, outcome_by_steps, <- all_blank, <- none_in, not_true_iff_false, <- existsb_exists.
  assert (N : existsb (some_name_matches names) l = true <->
    exists domain name, In (DomainName domain) l /\ In name names
      /\ is_within (without_trailing_dot name) domain = true /\ qualifies name = true).
  { rewrite existsb_exists. split.
    - intros [e [I M]]. apply name_matches_some in M as [d [n [-> R]]]. eauto.
    - intros [d [n [I R]]]. exists (DomainName d). split; auto. apply name_matches_some. eauto. }
  rewrite <- N. destruct (forallb is_blank l), (existsb is_none l), (existsb (address_matches c) l),
    (existsb (some_name_matches names) l); simpl; intuition discriminate.
Qed.

(** ** AD-G8 *)

Theorem a_malformed_entry_never_allows : forall l f c names, In (Malformed f) l ->
  allowed (decide l c names) ->
  exists i e, entry_at (decide l c names) = Some i /\ nth_error l i = Some e
    /\ (address_matches c e = true \/ some_name_matches names e = true) /\ is_malformed e = false.
Proof.
  intros l f c names I. unfold allowed, decide.
  destruct (forallb is_blank l) eqn:B. { rewrite all_blank in B. apply B in I. discriminate. }
  destruct (position is_none l); simpl; try discriminate.
  destruct (position (address_matches c) l) as [i|] eqn:A.
  { intros _. destruct (position_some _ _ _ _ A) as [e [N [M _]]]. exists i, e. repeat split; auto.
    destruct e; auto; discriminate. }
  destruct (position (some_name_matches names) l) as [i|] eqn:S; simpl; try discriminate.
  intros _. destruct (position_some _ _ _ _ S) as [e [N [M _]]]. exists i, e. repeat split; auto.
  apply name_matches_some in M as [d [n [-> _]]]. auto.
Qed.

Example a_malformed_entry_beside_an_allow :
  let l := map entry_of [text_of "10.0.0.0/8"; text_of "10.0.0.0"] in
  In (Malformed (Slash, 8)) l /\ allowed (decide l (Ipv4 "010" "001" "002" "003") []).
Proof. split; [left|]; reflexivity. Qed.

Theorem a_list_of_malformed_entries_denies : forall f l c names,
  (forall e, In e l -> is_malformed e = true) -> outcome (Malformed f :: l) c names = (Deny, 5).
Proof.
  intros f l c names H. rewrite outcome_by_steps. cbn [forallb is_blank andb].
  assert (N : forall p, (forall e, is_malformed e = true -> p e = false) -> existsb p (Malformed f :: l) = false).
  { intros p P. apply existsb_false. intros e [<-|I]; auto. }
  assert (S : forall e, is_malformed e = true -> some_name_matches names e = false).
  { intros e M. apply existsb_false. destruct e; try discriminate; auto. }
  assert (A : forall e, is_malformed e = true -> address_matches c e = false).
  { intros e M. destruct e, c; try discriminate; auto. }
  assert (K : forall e, is_malformed e = true -> is_none e = false).
  { intros e M. destruct e; try discriminate; auto. }
  now rewrite (N _ K), (N _ A), (N _ S).
Qed.

Example a_list_of_malformed_entries : forall e,
  In e (map entry_of [text_of "1.2.3"; text_of ".test"]) -> is_malformed e = true.
Proof. intros e [<-|[<-|[]]]; reflexivity. Qed.

Theorem the_valid_neighbours_of_a_malformed_entry_keep_their_effect : forall f l c names,
  (exists e, In e l /\ e <> Blank) -> outcome (Malformed f :: l) c names = outcome l c names.
Proof.
  intros f l c names H. apply not_all_blank in H. rewrite !outcome_by_steps, H. cbn [forallb is_blank existsb andb].
  replace (is_none (Malformed f)) with false by auto.
  replace (address_matches c (Malformed f)) with false by (destruct c; auto).
  replace (some_name_matches names (Malformed f)) with false; auto.
  symmetry. unfold some_name_matches. apply existsb_false; auto.
Qed.

Example a_valid_neighbour : exists e, In e (map entry_of [text_of ""; text_of "none"]) /\ e <> Blank.
Proof. exists Keyword. split; [right; left; reflexivity | discriminate]. Qed.

(** ** Adding an entry *)

Theorem adding_an_entry_never_revokes : forall l1 l2 e c names,
  e <> Keyword -> (exists x, In x (l1 ++ l2) /\ x <> Blank) ->
  allowed (decide (l1 ++ l2) c names) -> allowed (decide (l1 ++ e :: l2) c names).
Proof.
  intros l1 l2 e c names E [x [I N]] A. rewrite allowed_only_for_a_listed_reason in *.
  destruct A as [B|[K R]]. { now apply B in I. }
  assert (In' : forall y, In y (l1 ++ l2) -> In y (l1 ++ e :: l2)).
  { intros y. rewrite !in_app_iff. simpl. tauto. }
  right. split.
  - rewrite in_app_iff in *. simpl. intuition congruence.
  - destruct R as [[y [J M]]|[d [n [J M]]]]; [left; eauto | right; eauto 6].
Qed.

Example adding_an_entry_premise :
  allowed (decide (map entry_of [text_of "10.0.0.0"]) (Ipv4 "010" "001" "002" "003") []).
Proof. reflexivity. Qed.

(** The exceptions: the first entry of an empty list, and `none`. *)
Theorem adding_the_first_entry_may_revoke : exists e c names,
  e <> Keyword /\ allowed (decide [] c names) /\ ~ allowed (decide [e] c names).
Proof.
  exists (IpPattern "001" "001" "001" "001"), (Ipv4 "002" "002" "002" "002"), [].
  repeat split; discriminate.
Qed.

Theorem adding_none_revokes : forall l1 l2 c names, ~ allowed (decide (l1 ++ Keyword :: l2) c names).
Proof.
  intros. rewrite allowed_by_outcome, none_denies_everyone; [discriminate|].
  rewrite in_app_iff; right; left; auto.
Qed.

(** ** AD-3, AD-G5 *)

Lemma number_matches_iff : forall p n, number_matches p n = true <-> p = zero \/ p = n.
Proof. intros. unfold number_matches. now rewrite orb_true_iff, !Ascii.eqb_eq. Qed.

Theorem zero_is_a_wildcard_in_every_place : forall a b c d a' b' c' d',
  address_matches (Ipv4 a' b' c' d') (IpPattern a b c d) = true <->
  (a = zero \/ a = a') /\ (b = zero \/ b = b') /\ (c = zero \/ c = c') /\ (d = zero \/ d = d').
Proof. intros. simpl. rewrite !andb_true_iff, !number_matches_iff. tauto. Qed.

Theorem four_zeros_match_every_ipv4_client : forall a b c d,
  address_matches (Ipv4 a b c d) (IpPattern zero zero zero zero) = true.
Proof. reflexivity. Qed.

Theorem a_pattern_without_zero_names_one_host : forall a b c d client,
  a <> zero -> b <> zero -> c <> zero -> d <> zero ->
  (address_matches client (IpPattern a b c d) = true <-> client = Ipv4 a b c d).
Proof.
  intros a b c d [a' b' c' d'|address] A B C D.
  - rewrite zero_is_a_wildcard_in_every_place. split.
    + intros [[|] [[|] [[|] [|]]]]; congruence.
    + intros H; injection H as -> -> -> ->. auto.
  - simpl. split; discriminate.
Qed.

Example a_pattern_without_zero : entry_of (text_of "10.20.30.40") = IpPattern "010" "020" "030" "040".
Proof. reflexivity. Qed.

(** ** AD-C2, AD-G9 *)

Theorem ip_patterns_never_match_ipv6 : forall a b c d address,
  address_matches (Ipv6 address) (IpPattern a b c d) = false.
Proof. reflexivity. Qed.

Theorem ipv6_prefixes_never_match_ipv4 : forall prefix length a b c d,
  address_matches (Ipv4 a b c d) (Ipv6Prefix prefix length) = false.
Proof. reflexivity. Qed.

Theorem a_prefix_matches_by_its_first_bits : forall prefix length address,
  address_matches (Ipv6 address) (Ipv6Prefix prefix length) = true <->
  firstn length (bits prefix) = firstn length (bits address).
Proof. intros. apply same_bits_eq. Qed.

Theorem the_extension_is_conservative : forall values c names,
  (forall v, In v values -> contains ":" v = false) ->
  decide (map entry_of values) c names = decide (map entry_in_the_chapter values) c names
  /\ forall address length, ~ In (Ipv6Prefix address length) (map entry_of values).
Proof.
  intros values c names H.
  assert (M : map entry_of values = map entry_in_the_chapter values).
  { apply map_ext_in. intros v I. apply the_chapters_entries; auto. }
  split. { now rewrite M. }
  intros address length I. rewrite M in I. apply in_map_iff in I as [v [E _]]. revert E.
  unfold entry_in_the_chapter, entry_of_trimmed_in_the_chapter. generalize (trim v) as t. intros t.
  assert (K : forall n e, move_fault n e = Ipv6Prefix address length -> e = Ipv6Prefix address length).
  { destruct e as [|[]| | | |]; simpl; congruence. }
  intros E. apply K in E. revert E.
  destruct (same_text t []); try discriminate. destruct (is_keyword t); try discriminate.
  destruct (only_digits_and_dots t); unfold pattern_entry, name_entry, malformed.
  - destruct (quad_of t) as [[[[? ?] ?] ?]|]; discriminate.
  - destruct (is_domain_name (without_trailing_dot t)); discriminate.
Qed.

Example the_extension_premise : forall v,
  In v (map text_of ["128.123.45.0"%string; "dispatch.com"%string]) -> contains ":" v = false.
Proof. intros v [<-|[<-|[]]]; reflexivity. Qed.

(** ** AD-4 *)

Theorem names_match_on_label_boundaries_only : forall name domain,
  is_within name domain = true <->
  fold_case name = fold_case domain \/ exists left, fold_case name = left ++ "." :: fold_case domain.
Proof.
  intros name domain. unfold is_within, labels. set (n := fold_case name). set (d := fold_case domain).
  rewrite andb_true_iff, Nat.leb_le, same_labels_eq. split.
  - intros [L S].
    assert (N : split "." n = firstn (length (split "." n) - length (split "." d)) (split "." n) ++ split "." d).
    { rewrite <- S at 2. now rewrite firstn_skipn. }
    destruct (firstn _ _) as [|p ps].
    + left. simpl in N. rewrite <- (join_split "." n), N. apply join_split.
    + right. exists (join "." (p :: ps)).
      rewrite <- (join_split "." n) at 1. rewrite N, join_app, join_split; auto using split_not_nil. discriminate.
  - intros [E|[left E]]; rewrite E.
    + split; auto. now rewrite Nat.sub_diag.
    + rewrite split_app, app_length. split; [lia|].
      replace (length (split "." left) + length (split "." d) - length (split "." d))
        with (length (split "." left)) by lia.
      rewrite skipn_app, skipn_all, Nat.sub_diag. reflexivity.
Qed.

Example the_boundary : 
  is_within (text_of "rome.dispatch.com") (text_of "Dispatch.COM") = true
  /\ is_within (text_of "evildispatch.com") (text_of "dispatch.com") = false.
Proof. split; reflexivity. Qed.

(** ** AD-C6, AD-C7 *)

Theorem an_address_match_never_asks_the_name_service : forall l e c look_up,
  In e l -> address_matches c e = true ->
  asks_for_names l c = false /\ snd (decide_lazily l c look_up) = 0
  /\ forall names, outcome l c names = outcome l c [].
Proof.
  intros l e c look_up I M.
  assert (A : existsb (address_matches c) l = true) by (apply existsb_exists; eauto).
  assert (N : asks_for_names l c = false).
  { unfold asks_for_names. rewrite A. simpl. now rewrite andb_false_r. }
  unfold decide_lazily. rewrite N. repeat split. intros names. rewrite !outcome_by_steps, A. auto.
Qed.

Example an_address_match : address_matches (Ipv4 "010" "001" "002" "003") (entry_of (text_of "10.0.0.0")) = true.
Proof. reflexivity. Qed.

Theorem unasked_the_names_change_nothing : forall l c names,
  asks_for_names l c = false -> decide l c names = decide l c [].
Proof.
  intros l c names H. unfold asks_for_names in H. unfold decide.
  destruct (forallb is_blank l); auto. rewrite !position_exists in H.
  destruct (position is_none l); auto. destruct (position (address_matches c) l); auto. simpl in H.
  assert (N : forall names', position (some_name_matches names') l = None).
  { intros names'. assert (E : existsb (some_name_matches names') l = false).
    { apply existsb_false. intros e I. destruct (some_name_matches names' e) eqn:M; auto.
      apply name_matches_some in M as [d [n [-> _]]].
      assert (D : existsb is_domain l = true) by (apply existsb_exists; eauto).
      rewrite position_exists in D. rewrite D in H. discriminate. }
    rewrite position_exists in E. destruct (position (some_name_matches names') l); congruence. }
  now rewrite !N.
Qed.

Example a_list_that_does_not_ask : asks_for_names [Keyword; DomainName (text_of "test")] (Ipv6 []) = false.
Proof. reflexivity. Qed.

Theorem the_lazy_form_gives_the_same_answer : forall l c look_up,
  fst (decide_lazily l c look_up) = decide l c (look_up tt) /\ snd (decide_lazily l c look_up) <= 1.
Proof.
  intros. unfold decide_lazily. destruct (asks_for_names l c) eqn:A; simpl; split; auto.
  symmetry. now apply unasked_the_names_change_nothing.
Qed.

Lemma within_itself : forall d, is_within d d = true.
Proof. intros. apply names_match_on_label_boundaries_only. auto. Qed.

Lemma no_trailing_dot : forall d, is_domain_name d = true -> without_trailing_dot d = d.
Proof.
  intros d H. unfold without_trailing_dot. destruct (rev d) as [|o before] eqn:R; auto.
  destruct (Ascii.eqb o ".") eqn:E; auto. exfalso. apply Ascii.eqb_eq in E as ->.
  assert (D : d = rev before ++ ["."%char]). { rewrite <- (rev_involutive d), R. auto. }
  unfold is_domain_name, labels in H. rewrite D, split_app in H. rewrite !andb_true_iff in H.
  destruct H as [[_ H] _]. rewrite forallb_app in H. simpl in H. now rewrite andb_false_r in H.
Qed.

Lemma a_domain_name_qualifies : forall d, is_domain_name d = true -> qualifies d = true.
Proof.
  intros d H. unfold qualifies. rewrite no_trailing_dot by auto. rewrite H.
  destruct (is_address_text d) eqn:A; auto. apply an_address_text_is_no_domain_name in A. congruence.
Qed.

(** Asked, then the verdict does depend on the answer. *)
Theorem the_name_service_is_asked_only_if_the_verdict_depends_on_it : forall values c,
  let l := map entry_of values in
  asks_for_names l c = true -> exists names, allowed (decide l c names) /\ ~ allowed (decide l c []).
Proof.
  intros values c l H. unfold asks_for_names in H. rewrite !andb_true_iff, !negb_true_iff in H.
  destruct H as [[K A] D]. apply existsb_exists in D as [e [I D]]. destruct e as [| | | | |d]; try discriminate.
  assert (W : is_domain_name d = true).
  { apply in_map_iff in I as [v [E _]]. pose proof (every_entry_is_well_formed v) as W. now rewrite E in W. }
  exists [d]. rewrite !allowed_by_outcome, !outcome_by_steps, K, A.
  replace (forallb is_blank l) with false by (symmetry; apply not_all_blank; exists (DomainName d); split; auto; discriminate).
  split.
  - replace (existsb (some_name_matches [d]) l) with true; auto. symmetry. apply existsb_exists.
    exists (DomainName d). split; auto. apply name_matches_some. exists d, d.
    rewrite no_trailing_dot, within_itself, a_domain_name_qualifies by auto. simpl; auto.
  - replace (existsb (some_name_matches []) l) with false; [discriminate|]. symmetry. apply existsb_false. auto.
Qed.

Example a_list_that_asks :
  asks_for_names (map entry_of [text_of "10.0.0.0"; text_of "dispatch.com"]) (Ipv4 "011" "001" "001" "001") = true.
Proof. reflexivity. Qed.

Theorem fewer_names_never_grant : forall l c names fewer,
  (forall n, In n fewer -> In n names) -> allowed (decide l c fewer) -> allowed (decide l c names).
Proof.
  intros l c names fewer H. rewrite !allowed_only_for_a_listed_reason.
  intros [B|[K [A|[d [n [I [J R]]]]]]]; auto. right. split; auto. right. eauto 6.
Qed.

Theorem losing_the_name_service_never_grants : forall l c names,
  allowed (decide l c []) -> allowed (decide l c names).
Proof. intros l c names. apply fewer_names_never_grant. contradiction. Qed.

Example allowed_without_names : allowed (decide [entry_of (text_of "::/0")] (Ipv6 (repeat zero 16)) []).
Proof. reflexivity. Qed.

(** ** AD-C8 *)

Definition decides_at (step : nat) (c : client) (names : list text) (e : entry) : bool :=
  match step with
  | 2 => is_none e
  | 3 => address_matches c e
  | 4 => some_name_matches names e
  | _ => false
  end.

Theorem the_lowest_entry_of_the_deciding_step_is_reported : forall l c names i,
  entry_at (decide l c names) = Some i ->
  let step := step_of (decide l c names) in
  exists e, nth_error l i = Some e /\ decides_at step c names e = true
    /\ forall j e', j < i -> nth_error l j = Some e' -> decides_at step c names e' = false.
Proof.
  intros l c names i. unfold decide. destruct (forallb is_blank l); try discriminate.
  destruct (position is_none l) eqn:K.
  { intros H; injection H as <-. exact (position_some _ _ _ _ K). }
  destruct (position (address_matches c) l) eqn:A.
  { intros H; injection H as <-. exact (position_some _ _ _ _ A). }
  destruct (position (some_name_matches names) l) eqn:S; try discriminate.
  intros H; injection H as <-. exact (position_some _ _ _ _ S).
Qed.

Theorem at_step_four_the_first_name_within_the_entry_is_reported : forall l c names i,
  entry_at (decide l c names) = Some i -> step_of (decide l c names) = 4 ->
  exists e k name, nth_error l i = Some e /\ name_at (decide l c names) = Some k
    /\ nth_error names k = Some name /\ name_matches e name = true
    /\ forall j name', j < k -> nth_error names j = Some name' -> name_matches e name' = false.
Proof.
  intros l c names i. unfold decide. destruct (forallb is_blank l); try discriminate.
  destruct (position is_none l); try discriminate. destruct (position (address_matches c) l); try discriminate.
  destruct (position (some_name_matches names) l) as [n|] eqn:S; try discriminate.
  intros H _; injection H as <-. destruct (position_some _ _ _ _ S) as [e [N [M _]]].
  unfold name_of_entry_at. simpl. rewrite (nth_error_nth l n Blank N).
  unfold some_name_matches in M. rewrite position_exists in M.
  destruct (position (name_matches e) names) as [k|] eqn:P; try discriminate.
  destruct (position_some _ _ _ _ P) as [name [Q [R T]]]. exists e, k, name. auto.
Qed.

Theorem only_step_four_reports_a_name : forall l c names k,
  name_at (decide l c names) = Some k -> step_of (decide l c names) = 4.
Proof.
  intros l c names k. unfold decide. destruct (forallb is_blank l); try discriminate.
  destruct (position is_none l); try discriminate. destruct (position (address_matches c) l); try discriminate.
  destruct (position (some_name_matches names) l); try discriminate. auto.
Qed.

Example a_reported_name :
  let d := decide (map entry_of [text_of ""; text_of "com"]) (Ipv4 "001" "001" "001" "001")
             [text_of "org"; text_of "dispatch.com"] in
  entry_at d = Some 1 /\ name_at d = Some 1 /\ step_of d = 4.
Proof. repeat split. Qed.
