(* SPDX-License-Identifier: BSD-2-Clause *)
(** * Reading back the canonical text of an entry gives the entry *)

From Coq Require Import Ascii String List Arith Bool Lia.
From Postern Require Import AccessDomain Texts Grammar Steps.
Import ListNotations.
Open Scope char_scope.
Open Scope list_scope.
Open Scope nat_scope.

(** Entries that differ in nothing but the case of a name are the same entry (AD-G6). *)
Definition canonical (e : entry) : entry :=
  match e with
  | DomainName name => DomainName (fold_case name)
  | _ => e
  end.

(** ** Numbers *)

Lemma print_octet_facts : forall o,
  decimal 255 (print_octet o) = Some (nat_of_ascii o) /\ forallb is_digit (print_octet o) = true.
Proof. intros o; destruct o as [[] [] [] [] [] [] [] []]; vm_compute; auto. Qed.

Definition prefix_lengths : list nat := seq 0 129.

Lemma print_decimal_facts : forall n, n <= 128 ->
  decimal 128 (print_decimal n) = Some n /\ forallb is_digit (print_decimal n) = true.
Proof.
  assert (H : forallb (fun n => match decimal 128 (print_decimal n) with
    | Some m => (m =? n) && forallb is_digit (print_decimal n) | None => false end) prefix_lengths = true)
    by (vm_compute; reflexivity).
  intros n L. rewrite forallb_forall in H. assert (I : In n prefix_lengths) by (apply in_seq; lia).
  specialize (H n I). destruct (decimal 128 (print_decimal n)); [|discriminate].
  apply andb_true_iff in H as [H D]. apply Nat.eqb_eq in H as ->. auto.
Qed.

Lemma digits_facts : forall t, forallb is_digit t = true ->
  contains "." t = false /\ contains ":" t = false /\ contains "/" t = false /\ no_blank t = true.
Proof.
  intros t H. rewrite forallb_forall in H. unfold contains, no_blank. rewrite !existsb_false, forallb_forall.
  repeat split; intros o I; specialize (H o I); revert H; each_octet o; congruence.
Qed.

(** ** Patterns *)

Lemma quad_round_trip : forall a b c d, quad_of (print_quad a b c d) = Some (a, b, c, d).
Proof.
  intros. unfold quad_of, print_quad. rewrite split_join.
  - cbn [map]. rewrite !(proj1 (print_octet_facts _)). now rewrite !ascii_nat_embedding.
  - discriminate.
  - intros p I. apply in_map_iff in I as [o [<- _]]. apply digits_facts. apply print_octet_facts.
Qed.

Lemma forallb_join : forall (p : octet -> bool) s ps, p s = true -> (forall t, In t ps -> forallb p t = true) ->
  forallb p (join s ps) = true.
Proof.
  induction ps as [|t ps IH]; intros S H; auto. destruct ps as [|u ps].
  - apply H; left; auto.
  - rewrite join_cons by discriminate. rewrite forallb_app. cbn [forallb].
    rewrite S, (H t) by (left; auto). apply IH; auto. intros; apply H; right; auto.
Qed.

Lemma print_quad_octets : forall a b c d, only_digits_and_dots (print_quad a b c d) = true.
Proof.
  intros. apply forallb_join; auto. intros t I. apply in_map_iff in I as [o [<- _]].
  pose proof (proj2 (print_octet_facts o)) as D. rewrite forallb_forall in *. intros x J. now rewrite D.
Qed.

Lemma digits_and_dots_facts : forall t, only_digits_and_dots t = true ->
  is_keyword t = false /\ contains ":" t = false /\ contains "/" t = false /\ no_blank t = true.
Proof.
  intros t H. unfold only_digits_and_dots in H. split.
  - destruct t as [|o t]; auto. cbn [forallb] in H. apply andb_true_iff in H as [H _].
    unfold is_keyword. apply same_text_neq. intros E. injection E as E _. revert H E. each_octet o; congruence.
  - rewrite forallb_forall in H. unfold contains, no_blank. rewrite !existsb_false, forallb_forall.
    repeat split; intros o I; specialize (H o I); revert H; each_octet o; congruence.
Qed.

Lemma quad_of_nil : quad_of [] = None.
Proof. reflexivity. Qed.

Lemma pattern_round_trip : forall a b c d, entry_of (print_quad a b c d) = IpPattern a b c d.
Proof.
  intros. pose proof (print_quad_octets a b c d) as D. destruct (digits_and_dots_facts _ D) as [K [C [_ B]]].
  rewrite entry_of_no_blanks by auto. unfold entry_of_trimmed. rewrite K, C, D.
  destruct (same_text (print_quad a b c d) []) eqn:E.
  { apply same_text_eq in E. pose proof (quad_round_trip a b c d) as Q. rewrite E, quad_of_nil in Q. discriminate. }
  unfold pattern_entry. now rewrite quad_round_trip.
Qed.

(** ** Names *)

Lemma is_label_fold : forall t, is_label (fold_case t) = is_label t.
Proof.
  assert (B : forall t, begins_with "-" (fold_case t) = begins_with "-" t).
  { destruct t as [|o t]; auto. unfold fold_case. cbn [map begins_with]. each_octet o; reflexivity. }
  intros t. unfold is_label, ends_with. rewrite B.
  replace (rev (fold_case t)) with (fold_case (rev t)) by (unfold fold_case; apply map_rev). rewrite B.
  replace (length (fold_case t)) with (length t) by (unfold fold_case; now rewrite map_length).
  replace (forallb is_name_octet (fold_case t)) with (forallb is_name_octet t); auto.
  induction t as [|o t IH]; auto. unfold fold_case in *. cbn [map forallb]. rewrite <- IH. f_equal.
  each_octet o; reflexivity.
Qed.

Lemma forallb_digit_fold : forall t, forallb is_digit (fold_case t) = forallb is_digit t.
Proof.
  induction t as [|o t IH]; auto. unfold fold_case in *. cbn [map forallb]. rewrite IH. f_equal.
  each_octet o; reflexivity.
Qed.

Lemma last_map : forall (f : text -> text) l, f [] = [] -> last (map f l) [] = f (last l []).
Proof. intros f l E. induction l as [|x [|y l] IH]; auto. Qed.

Lemma is_domain_name_fold : forall t, is_domain_name (fold_case t) = is_domain_name t.
Proof.
  intros. unfold is_domain_name, labels. rewrite split_fold, last_map, forallb_digit_fold by reflexivity.
  replace (length (fold_case t)) with (length t) by (unfold fold_case; now rewrite map_length).
  replace (forallb is_label (map fold_case (split "." t))) with (forallb is_label (split "." t)); auto.
  induction (split "." t) as [|p ps IH]; auto. cbn [map forallb]. now rewrite is_label_fold, IH.
Qed.

Lemma name_octets : forall t, is_domain_name t = true ->
  forallb (fun o => is_name_octet o || Ascii.eqb o ".") t = true.
Proof.
  intros t H. unfold is_domain_name in H. rewrite !andb_true_iff in H. destruct H as [[_ H] _].
  rewrite <- (join_split "." t). apply forallb_join; auto. intros p I.
  rewrite forallb_forall in H. specialize (H p I). unfold is_label in H. rewrite !andb_true_iff in H.
  destruct H as [[[_ H] _] _]. rewrite forallb_forall in *. intros o J. now rewrite H.
Qed.

Lemma name_octets_facts : forall t, forallb (fun o => is_name_octet o || Ascii.eqb o ".") t = true ->
  contains ":" t = false /\ no_blank t = true.
Proof.
  intros t H. rewrite forallb_forall in H. unfold contains, no_blank. rewrite existsb_false, forallb_forall.
  split; intros o I; specialize (H o I); revert H; each_octet o; congruence.
Qed.

Lemma a_name_is_not_all_digits : forall t, is_domain_name t = true -> only_digits_and_dots t = false.
Proof.
  intros t H. destruct (only_digits_and_dots t) eqn:D; auto. exfalso.
  unfold is_domain_name in H. rewrite !andb_true_iff in H. destruct H as [_ H].
  assert (L : forallb is_digit (last (labels t) []) = true).
  { apply (pieces_are_digits t D). unfold labels. pose proof (split_not_nil "." t) as N. revert N.
    generalize (split "." t). intros l. induction l as [|x [|y l] IH]; intros; [congruence|left; auto|].
    right. apply IH. discriminate. }
  rewrite L in H. discriminate.
Qed.

Lemma one_trailing_dot : forall t, without_trailing_dot (t ++ ["."%char]) = t.
Proof. intros. unfold without_trailing_dot. rewrite rev_app_distr. simpl. apply rev_involutive. Qed.

Lemma name_round_trip : forall name, is_domain_name name = true ->
  entry_of (print_entry (DomainName name)) = DomainName (fold_case name).
Proof.
  intros name H. cbn [print_entry]. rewrite <- is_domain_name_fold in H.
  assert (K : is_keyword name = is_keyword (fold_case name)).
  { unfold is_keyword. now rewrite fold_case_twice. }
  rewrite K. clear K. revert H. generalize (fold_case name). clear name. intros name H.
  destruct (name_octets_facts _ (name_octets _ H)) as [C B].
  destruct (is_keyword name) eqn:K.
  - assert (W : without_trailing_dot (name ++ ["."%char]) = name) by apply one_trailing_dot.
    rewrite entry_of_no_blanks by (rewrite no_blank_app, B; reflexivity). unfold entry_of_trimmed.
    replace (same_text (name ++ ["."%char]) []) with false by (destruct name; reflexivity).
    replace (is_keyword (name ++ ["."%char])) with false.
    2: { symmetry. unfold is_keyword in *. apply same_text_eq in K. apply same_text_neq. intros E.
         unfold fold_case in *. rewrite map_app, K in E. discriminate. }
    rewrite contains_app, C. replace (only_digits_and_dots (name ++ ["."%char])) with false.
    2: { symmetry. unfold only_digits_and_dots. rewrite forallb_app.
         pose proof (a_name_is_not_all_digits _ H) as D. unfold only_digits_and_dots in D. now rewrite D. }
    cbn [contains existsb orb]. unfold name_entry. rewrite W, H. reflexivity.
  - rewrite app_nil_r, entry_of_no_blanks by auto. unfold entry_of_trimmed. rewrite K, C.
    rewrite a_name_is_not_all_digits by auto. destruct name as [|o name]; [discriminate|]. cbn [same_text].
    unfold name_entry. rewrite no_trailing_dot by auto. rewrite H. reflexivity.
Qed.

(** ** IPv6 addresses and prefixes *)

(** What stands in a group, and must not stand elsewhere. *)
Definition is_group_octet (o : octet) : bool :=
  negb (Ascii.eqb ":" o) && negb (Ascii.eqb "/" o) && negb (is_blank_octet o).

Lemma nibbles_of_an_octet : forall o,
  let high := print_nibble (nat_of_ascii o / 16) in
  let low := print_nibble (nat_of_ascii o mod 16) in
  hex_octet high low = Some o /\ is_group_octet high = true /\ is_group_octet low = true.
Proof. intros o; destruct o as [[] [] [] [] [] [] [] []]; vm_compute; auto. Qed.

Lemma dropped_zeros_are_put_back : forall x y z w, let t := drop_leading_zeros [x; y; z; w] in
  t <> [] /\ repeat "0"%char (4 - length t) ++ t = [x; y; z; w].
Proof.
  intros x y z w. cbn [drop_leading_zeros same_text negb]. rewrite !andb_true_r, andb_false_r. cbv zeta.
  destruct (Ascii.eqb x "0") eqn:X; [apply Ascii.eqb_eq in X; subst | split; auto; discriminate].
  destruct (Ascii.eqb y "0") eqn:Y; [apply Ascii.eqb_eq in Y; subst | split; auto; discriminate].
  destruct (Ascii.eqb z "0") eqn:Z; [apply Ascii.eqb_eq in Z; subst | split; auto; discriminate].
  split; auto; discriminate.
Qed.

Lemma drop_leading_zeros_keeps : forall p t, forallb p t = true -> forallb p (drop_leading_zeros t) = true.
Proof.
  induction t as [|o t IH]; auto. cbn [drop_leading_zeros forallb]. intros H.
  destruct (Ascii.eqb o "0" && negb (same_text t [])); auto. apply andb_true_iff in H as [_ H]. auto.
Qed.

Lemma group_octets_facts : forall t, forallb is_group_octet t = true ->
  contains ":" t = false /\ contains "/" t = false /\ no_blank t = true.
Proof.
  intros t H. rewrite forallb_forall in H. unfold contains, no_blank. rewrite !existsb_false, forallb_forall.
  repeat split; intros o I; specialize (H o I); unfold is_group_octet in H; rewrite !andb_true_iff in H;
    destruct H as [[C S] B]; auto; now apply negb_true_iff.
Qed.

Lemma print_group_facts : forall high low, let t := print_group high low in
  group t = Some [high; low] /\ t <> [] /\ contains ":" t = false /\ contains "/" t = false /\ no_blank t = true.
Proof.
  intros high low t. destruct (nibbles_of_an_octet high) as [H [H1 H2]].
  destruct (nibbles_of_an_octet low) as [L [L1 L2]]. unfold print_group in t. cbn [map] in t.
  pose proof (dropped_zeros_are_put_back (print_nibble (nat_of_ascii high / 16))
    (print_nibble (nat_of_ascii high mod 16)) (print_nibble (nat_of_ascii low / 16))
    (print_nibble (nat_of_ascii low mod 16))) as [N P]. fold t in N, P.
  assert (G : forallb is_group_octet t = true).
  { apply drop_leading_zeros_keeps. cbn [forallb]. now rewrite H1, H2, L1, L2. }
  apply group_octets_facts in G. repeat split; try apply G; auto.
  unfold group. apply same_text_neq in N. rewrite N, P, H, L. reflexivity.
Qed.

(** Pieces that can stand between colons. *)
Definition is_piece (t : text) : Prop := t <> [] /\ contains ":" t = false.

Lemma pairs : forall P : text -> Prop,
  P [] -> (forall h l x, P x -> P (h :: l :: x)) -> forall k x, length x = 2 * k -> P x.
Proof.
  intros P P0 P2. induction k as [|k IH]; intros x L.
  - destruct x; [auto | discriminate].
  - destruct x as [|h [|l x]]; cbn [length] in L; try lia. apply P2. apply IH. lia.
Qed.

Lemma print_groups_are : forall (P : text -> Prop) k x, length x = 2 * k ->
  (forall h l, P (print_group h l)) -> forall p, In p (print_groups x) -> P p.
Proof.
  intros P k x L H. revert k x L. apply (pairs (fun x => forall p, In p (print_groups x) -> P p)).
  - contradiction.
  - intros h l x IH p [<-|I]; auto.
Qed.

Lemma print_groups_are_pieces : forall k x, length x = 2 * k -> forall p, In p (print_groups x) -> is_piece p.
Proof.
  intros k x L. apply (print_groups_are is_piece k x L). intros h l.
  pose proof (print_group_facts h l) as F. cbv zeta in F. unfold is_piece. tauto.
Qed.

Lemma groups_round_trip : forall dotted k x, length x = 2 * k -> groups dotted (print_groups x) = Some x.
Proof.
  intros dotted. apply (pairs (fun x => groups dotted (print_groups x) = Some x)); auto.
  intros h l x IH. cbn [print_groups groups]. rewrite (proj1 (print_group_facts h l)).
  destruct (print_groups x); now rewrite IH.
Qed.

Lemma join_of_pieces : forall ps, ps <> [] -> (forall p, In p ps -> is_piece p) ->
  join ":" ps <> [] /\ begins_with ":" (join ":" ps) = false.
Proof.
  intros [|p ps] N H; try congruence. destruct (H p (or_introl eq_refl)) as [P C].
  destruct p as [|o p]; try congruence.
  assert (E : Ascii.eqb o ":" = false).
  { unfold contains in C. cbn [existsb] in C. apply orb_false_iff in C as [C _]. now rewrite Ascii.eqb_sym. }
  destruct ps; cbn [join app begins_with]; rewrite E; split; auto; discriminate.
Qed.

Lemma side_round_trip : forall dotted k x, length x = 2 * k ->
  side dotted (join ":" (print_groups x)) = Some x.
Proof.
  intros dotted k x L. unfold side. destruct x as [|h [|l x]].
  - reflexivity.
  - cbn [length] in L. lia.
  - pose proof (print_groups_are_pieces k _ L) as P.
    assert (N : print_groups (h :: l :: x) <> []) by discriminate.
    destruct (join_of_pieces _ N P) as [J _]. apply same_text_neq in J. rewrite J.
    rewrite split_join; auto. { now apply (groups_round_trip dotted k). }
    intros p I. apply P in I. apply I.
Qed.

Lemma cut_at_gap_app : forall p w, contains ":" p = false ->
  cut_at_gap (p ++ w) = match cut_at_gap w with Some (l, r) => Some (p ++ l, r) | None => None end.
Proof.
  induction p as [|o p IH]; intros w C.
  - cbn [app]. destruct (cut_at_gap w) as [[l r]|]; auto.
  - unfold contains in C. cbn [existsb] in C. apply orb_false_iff in C as [O C].
    cbn [app cut_at_gap]. rewrite Ascii.eqb_sym, O. cbn [andb]. rewrite IH by auto.
    destruct (cut_at_gap w) as [[l r]|]; auto.
Qed.

Lemma cut_at_colon : forall w, begins_with ":" w = false ->
  cut_at_gap (":"%char :: w) = match cut_at_gap w with Some (l, r) => Some (":"%char :: l, r) | None => None end.
Proof. intros w H. cbn [cut_at_gap]. rewrite H, andb_false_r. reflexivity. Qed.

Lemma begins_with_app : forall o a b, a <> [] -> begins_with o (a ++ b) = begins_with o a.
Proof. destruct a; auto; congruence. Qed.

Lemma no_gap : forall ps, (forall p, In p ps -> is_piece p) -> cut_at_gap (join ":" ps) = None.
Proof.
  induction ps as [|p ps IH]; intros H; auto. destruct (H p (or_introl eq_refl)) as [_ C].
  assert (T : forall q, In q ps -> is_piece q) by (intros; apply H; right; auto).
  destruct ps as [|q ps].
  - cbn [join]. rewrite <- (app_nil_r p), cut_at_gap_app by auto. reflexivity.
  - rewrite join_cons by discriminate. rewrite cut_at_gap_app by auto.
    rewrite cut_at_colon by (apply join_of_pieces; auto; discriminate). now rewrite IH.
Qed.

Lemma the_gap : forall ps rest, (forall p, In p ps -> is_piece p) ->
  cut_at_gap (join ":" ps ++ ":"%char :: ":"%char :: rest) = Some (join ":" ps, rest).
Proof.
  induction ps as [|p ps IH]; intros rest H; [reflexivity|]. destruct (H p (or_introl eq_refl)) as [_ C].
  assert (T : forall q, In q ps -> is_piece q) by (intros; apply H; right; auto).
  destruct ps as [|q ps].
  - cbn [join]. rewrite cut_at_gap_app by auto.
    replace (cut_at_gap (":"%char :: ":"%char :: rest)) with (Some ([] : text, rest)) by reflexivity.
    now rewrite app_nil_r.
  - rewrite join_cons by discriminate. rewrite <- app_assoc, cut_at_gap_app by auto.
    destruct (join_of_pieces (q :: ps)) as [N B]; auto; [discriminate|].
    rewrite <- app_comm_cons, cut_at_colon by (rewrite begins_with_app; auto). now rewrite IH.
Qed.

Definition is_even_run (run : nat * nat) : bool :=
  let (begin, n) := run in
  Nat.even begin && Nat.even n && (4 <=? n) && (begin + n <=? 16).

Lemma runs_are_even : forallb is_even_run runs = true.
Proof. vm_compute. reflexivity. Qed.

Lemma zeros : forall t, forallb (Ascii.eqb zero) t = true -> t = repeat zero (length t).
Proof.
  induction t as [|o t IH]; auto. cbn [forallb length repeat]. intros H. apply andb_true_iff in H as [E H].
  apply Ascii.eqb_eq in E as <-. now rewrite <- IH.
Qed.

Lemma skipn_twice : forall A m n (l : list A), skipn n (skipn m l) = skipn (m + n) l.
Proof. induction m as [|m IH]; intros n [|x l]; cbn [skipn Nat.add]; auto using skipn_nil. Qed.

Lemma ipv6_round_trip : forall address, length address = 16 -> ipv6_of (print_ipv6 address) = Some address.
Proof.
  intros a L. unfold print_ipv6. destruct (find (is_zero_run a) runs) as [[b n]|] eqn:F.
  - apply find_some in F as [I Z]. pose proof runs_are_even as E. rewrite forallb_forall in E.
    specialize (E _ I). unfold is_even_run in E. rewrite !andb_true_iff, !Nat.leb_le in E.
    destruct E as [[[E1 E2] E3] E4]. apply Nat.even_spec in E1 as [i E1]. apply Nat.even_spec in E2 as [j E2].
    unfold is_zero_run in Z. apply zeros in Z. rewrite firstn_length, skipn_length, L, Nat.min_l in Z by lia.
    assert (H : length (firstn b a) = 2 * i) by (rewrite firstn_length; lia).
    assert (T : length (skipn (b + n) a) = 2 * (8 - i - j)) by (rewrite skipn_length; lia).
    unfold ipv6_of. cbn [app]. rewrite the_gap by (apply (print_groups_are_pieces i); auto).
    rewrite (side_round_trip false i), (side_round_trip true (8 - i - j)) by auto.
    replace (length (firstn b a) + length (skipn (b + n) a) <=? 14) with true by (symmetry; apply Nat.leb_le; lia).
    replace (16 - (length (firstn b a) + length (skipn (b + n) a))) with n by lia.
    rewrite <- Z, <- (skipn_twice _ b n a), firstn_skipn, firstn_skipn. reflexivity.
  - unfold ipv6_of. rewrite no_gap by (apply (print_groups_are_pieces 8); auto).
    rewrite (side_round_trip true 8) by auto. rewrite L. reflexivity.
Qed.

Lemma cut_at_slash_whole : forall t, contains "/" t = false -> cut_at_slash t = (t, None).
Proof.
  induction t as [|o t IH]; auto. unfold contains in *. cbn [existsb cut_at_slash]. intros H.
  apply orb_false_iff in H as [O H]. rewrite Ascii.eqb_sym, O, IH; auto.
Qed.

Lemma cut_at_slash_app : forall t rest, contains "/" t = false ->
  cut_at_slash (t ++ "/"%char :: rest) = (t, Some rest).
Proof.
  induction t as [|o t IH]; intros rest H; auto. unfold contains in *. cbn [existsb] in H.
  apply orb_false_iff in H as [O H]. cbn [app cut_at_slash]. rewrite Ascii.eqb_sym, O, IH; auto.
Qed.

Lemma print_ipv6_octets : forall a, length a = 16 ->
  contains ":" (print_ipv6 a) = true /\ contains "/" (print_ipv6 a) = false /\ no_blank (print_ipv6 a) = true.
Proof.
  assert (G : forall k x, length x = 2 * k ->
    forallb (fun o => negb (Ascii.eqb "/" o) && negb (is_blank_octet o)) (join ":" (print_groups x)) = true).
  { intros k x L. apply forallb_join; auto. apply (print_groups_are _ k x L). intros h l.
    destruct (print_group_facts h l) as [_ [_ [_ [S B]]]]. unfold contains in S. unfold no_blank in B.
    rewrite existsb_false in S. rewrite forallb_forall in *. intros o I. now rewrite (S o I), (B o I). }
  assert (D : forall t, forallb (fun o => negb (Ascii.eqb "/" o) && negb (is_blank_octet o)) t = true ->
    contains "/" t = false /\ no_blank t = true).
  { intros t H. unfold contains, no_blank. rewrite existsb_false, forallb_forall. rewrite forallb_forall in H.
    split; intros o I; specialize (H o I); apply andb_true_iff in H as [H B]; auto. now apply negb_true_iff. }
  intros a L. split; [|apply D].
  - destruct (contains ":" (print_ipv6 a)) eqn:C; auto. pose proof (ipv6_round_trip a L) as R.
    rewrite (groups_need_a_colon _ C) in R. discriminate.
  - unfold print_ipv6. destruct (find (is_zero_run a) runs) as [[b n]|] eqn:F.
    + apply find_some in F as [I _]. pose proof runs_are_even as E. rewrite forallb_forall in E.
      specialize (E _ I). unfold is_even_run in E. rewrite !andb_true_iff, !Nat.leb_le in E.
      destruct E as [[[E1 E2] E3] E4]. apply Nat.even_spec in E1 as [i E1]. apply Nat.even_spec in E2 as [j E2].
      rewrite forallb_app. cbn [app forallb]. rewrite (G i), (G (8 - i - j)); auto.
      * rewrite skipn_length; lia.
      * rewrite firstn_length; lia.
    + apply (G 8); auto.
Qed.

Lemma prefix_round_trip : forall address length, well_formed (Ipv6Prefix address length) ->
  entry_of (print_entry (Ipv6Prefix address length)) = Ipv6Prefix address length.
Proof.
  intros a n [L [N [H M]]]. destruct (print_ipv6_octets a L) as [C [S B]].
  set (suffix := if n =? 128 then [] else "/"%char :: print_decimal n).
  change (print_entry (Ipv6Prefix a n)) with (print_ipv6 a ++ suffix).
  assert (B' : no_blank suffix = true).
  { unfold suffix. destruct (n =? 128); auto. apply (digits_facts _ (proj2 (print_decimal_facts n N))). }
  rewrite entry_of_no_blanks by (rewrite no_blank_app, B, B'; reflexivity).
  assert (C' : contains ":" (print_ipv6 a ++ suffix) = true) by (rewrite contains_app, C; reflexivity).
  unfold entry_of_trimmed. rewrite C'.
  replace (same_text (print_ipv6 a ++ suffix) []) with false.
  2: { symmetry. apply same_text_neq. intros E. rewrite E in C'. discriminate. }
  replace (is_keyword (print_ipv6 a ++ suffix)) with false.
  2: { symmetry. apply same_text_neq. intros E. apply contains_in in C'. apply (in_map fold_octet) in C'.
       unfold fold_case in E. rewrite E in C'. cbn in C'. intuition discriminate. }
  unfold ipv6_entry. unfold suffix. destruct (n =? 128) eqn:Q.
  - apply Nat.eqb_eq in Q. subst n. rewrite app_nil_r, cut_at_slash_whole, ipv6_round_trip by auto.
    cbv beta iota. rewrite M, H. reflexivity.
  - rewrite cut_at_slash_app, ipv6_round_trip by auto. rewrite (proj1 (print_decimal_facts n N)).
    rewrite M, H. reflexivity.
Qed.

(** ** The theorem *)

Theorem parse_print_round_trip : forall v,
  is_blank (entry_of v) = false -> is_malformed (entry_of v) = false ->
  entry_of (print_entry (entry_of v)) = canonical (entry_of v).
Proof.
  intros v B M. pose proof (every_entry_is_well_formed v) as W.
  destruct (entry_of v) as [|f| |a b c d|address length|name]; try discriminate.
  - reflexivity.
  - apply pattern_round_trip.
  - now apply prefix_round_trip.
  - now apply name_round_trip.
Qed.

Theorem printing_is_canonical : forall v,
  is_blank (entry_of v) = false -> is_malformed (entry_of v) = false ->
  print_entry (entry_of (print_entry (entry_of v))) = print_entry (entry_of v).
Proof.
  intros v B M. rewrite parse_print_round_trip by auto. destruct (entry_of v); auto.
  cbn [canonical print_entry]. unfold is_keyword. now rewrite fold_case_twice.
Qed.

Example round_trips :
  map (fun s => print_entry (entry_of (text_of s)))
    [" NONE"; "128.123.45.0"; "Dispatch.COM."; "none."; "2001:DB8:0:0:1:0:0:0/128"; "::/0"]%string
  = map text_of ["none"; "128.123.45.0"; "dispatch.com"; "none."; "2001:db8:0:0:1::"; "::/0"]%string.
Proof. reflexivity. Qed.
