(* SPDX-License-Identifier: BSD-2-Clause *)
(** * Theorems on the grammar: AD-G2 to AD-G9, AD-C1, AD-C5 *)

From Coq Require Import Ascii String List Arith Bool Lia.
From Postern Require Import AccessDomain Texts.
Import ListNotations.
Open Scope char_scope.
Open Scope list_scope.
Open Scope nat_scope.

(** ** AD-G4, AD-G7: a text of digits and dots is a pattern, or has a fault *)

Lemma no_fault_of_numbers : forall wanted at_ numbers,
  (forall n, In n numbers -> forallb is_digit n = true) ->
  first_fault_of_numbers wanted at_ numbers = None
  <-> length numbers = wanted /\ forall n, In n numbers -> decimal 255 n <> None.
Proof.
  induction wanted as [|wanted IH]; intros at_ numbers D; destruct numbers as [|n rest]; simpl.
  - split; auto.
  - split; [discriminate | intros [H _]; discriminate].
  - split; [discriminate | intros [H _]; discriminate].
  - assert (N : forallb is_digit n = true) by (apply D; left; auto).
    destruct (same_text n []) eqn:E1.
    { split; [discriminate | intros [_ H]]. destruct (H n (or_introl eq_refl)).
      unfold decimal. now rewrite E1. }
    destruct (has_leading_zero n) eqn:E2.
    { split; [discriminate | intros [_ H]]. destruct (H n (or_introl eq_refl)).
      unfold decimal. now rewrite E1, N, E2. }
    destruct (exceeds 255 n) eqn:E3.
    { split; [discriminate | intros [_ H]]. destruct (H n (or_introl eq_refl)).
      unfold decimal. now rewrite E1, N, E2, E3. }
    rewrite IH by (intros; apply D; right; auto). split.
    + intros [L H]. split; [lia|]. intros m [<-|I]; auto.
      unfold decimal. rewrite E1, N, E2, E3. discriminate.
    + intros [L H]. split; [lia|]. auto.
Qed.

Lemma pieces_are_digits : forall t, only_digits_and_dots t = true ->
  forall n, In n (split "." t) -> forallb is_digit n = true.
Proof.
  intros t H. apply forallb_split. intros o E I.
  unfold only_digits_and_dots in H. rewrite forallb_forall in H. specialize (H o I).
  now rewrite E, orb_false_r in H.
Qed.

Lemma quad_of_some : forall t,
  quad_of t <> None <-> length (split "." t) = 4 /\ forall n, In n (split "." t) -> decimal 255 n <> None.
Proof.
  intros t. unfold quad_of. destruct (split "." t) as [|a [|b [|c [|d [|e rest]]]]]; simpl.
  all: try (split; [ repeat destruct (decimal 255 _); congruence | intros [L _]; discriminate ]).
  split.
  - intros H. split; auto. intros n I.
    repeat destruct I as [<-|I]; try contradiction; intros E; rewrite E in H;
      repeat (destruct (decimal 255 _); try congruence).
  - intros [_ H]. pose proof (H a). pose proof (H b). pose proof (H c). pose proof (H d).
    destruct (decimal 255 a); [|intuition]. destruct (decimal 255 b); [|intuition].
    destruct (decimal 255 c); [|intuition]. destruct (decimal 255 d); [discriminate|intuition].
Qed.

Theorem a_text_of_digits_and_dots_is_a_pattern_or_has_a_fault : forall t,
  only_digits_and_dots t = true -> (fault_of_quad t = None <-> quad_of t <> None).
Proof.
  intros t H. unfold fault_of_quad. rewrite no_fault_of_numbers by (apply pieces_are_digits; auto).
  now rewrite quad_of_some.
Qed.

Example a_pattern_has_no_fault : fault_of_quad (text_of "128.123.45.0") = None.
Proof. reflexivity. Qed.

(** ** AD-G6, AD-G7: a text is a domain name, or has a fault *)

(** What the scanner still asks of the rest of a text. [label] is reversed. *)
Definition rest_is_sound (at_ : nat) (label t : text) : bool :=
  let pieces := split "." (rev label ++ t) in
  (length t + at_ <=? 253) && forallb is_label pieces && negb (forallb is_digit (last pieces [])).

Lemma forallb_rev : forall A (p : A -> bool) l, forallb p (rev l) = forallb p l.
Proof.
  intros. apply eq_true_iff_eq. rewrite !forallb_forall. split; intros H x I; apply H.
  - now apply -> in_rev.
  - now apply in_rev.
Qed.

(** A label being read is one that could still become sound. *)
Definition label_so_far (label : text) : bool :=
  (length label <=? 63) && forallb is_name_octet label && negb (begins_with "-" (rev label)).

Lemma name_octet_no_dot : forall t, forallb is_name_octet t = true -> contains "." t = false.
Proof.
  intros t H. unfold contains. rewrite existsb_false. intros o I.
  rewrite forallb_forall in H. specialize (H o I). revert H. each_octet o; congruence.
Qed.

Lemma is_label_of_reversed : forall label, label_so_far label = true ->
  is_label (rev label) = negb (same_text label []) && negb (begins_with "-" label).
Proof.
  intros label H. unfold label_so_far in H. rewrite !andb_true_iff in H. destruct H as [[L N] B].
  unfold is_label, ends_with. rewrite rev_length, forallb_rev, rev_involutive, L, N, B.
  destruct label as [|o label]; auto.
Qed.

Lemma last_cons : forall A (x : A) l d, l <> [] -> last (x :: l) d = last l d.
Proof. destruct l; simpl; congruence. Qed.

Lemma no_fault_of_name : forall t at_ label, label_so_far label = true -> at_ <= 253 ->
  (first_fault_of_name at_ label t = None <-> rest_is_sound at_ label t = true).
Proof.
  induction t as [|o t IH]; intros at_ label L A; unfold rest_is_sound.
  - simpl. rewrite app_nil_r. pose proof L as L'. unfold label_so_far in L'.
    rewrite !andb_true_iff in L'. destruct L' as [[L1 L2] L3].
    rewrite (split_whole "." (rev label)) by (apply name_octet_no_dot; rewrite forallb_rev; auto).
    simpl. rewrite is_label_of_reversed by auto. rewrite (proj2 (Nat.leb_le at_ 253) A), forallb_rev.
    destruct label as [|p label]; [simpl; split; congruence|].
    cbn [fault_at_end same_text negb andb].
    destruct (begins_with "-" (p :: label)); [simpl; split; congruence|].
    destruct (forallb is_digit (p :: label)); simpl; split; congruence.
  - cbn [first_fault_of_name]. destruct (at_ =? 253) eqn:E.
    { apply Nat.eqb_eq in E. subst. split; [discriminate|]. intros H.
      rewrite !andb_true_iff in H. destruct H as [[H _] _]. apply Nat.leb_le in H. simpl in H. lia. }
    apply Nat.eqb_neq in E.
    assert (S : (length (o :: t) + at_ <=? 253) = (length t + S at_ <=? 253)).
    { cbn [length]. now rewrite Nat.add_succ_r. }
    destruct (Ascii.eqb o ".") eqn:D.
    + apply Ascii.eqb_eq in D; subst o. cbv zeta. rewrite split_app.
      pose proof L as L'. unfold label_so_far in L'. rewrite !andb_true_iff in L'. destruct L' as [[L1 L2] L3].
      rewrite (split_whole "." (rev label)) by (apply name_octet_no_dot; rewrite forallb_rev; auto).
      cbn [app]. rewrite last_cons by apply split_not_nil. cbn [forallb].
      rewrite is_label_of_reversed by auto.
      destruct (same_text label []) eqn:N.
      { cbn [negb andb]. rewrite andb_false_r. cbn [andb]. split; congruence. }
      destruct (begins_with "-" label) eqn:B.
      { cbn [negb andb]. rewrite andb_false_r. cbn [andb]. split; congruence. }
      cbn [negb andb]. rewrite IH by (reflexivity || lia). unfold rest_is_sound.
      cbn [rev app]. now rewrite S.
    + assert (P : exists piece pieces, split "." (rev label ++ o :: t) = (rev label ++ o :: piece) :: pieces).
      { assert (C : contains "." (rev label ++ [o]) = false).
        { rewrite contains_app. unfold contains at 2. cbn [existsb].
          rewrite Ascii.eqb_sym, D, !orb_false_r. apply name_octet_no_dot.
          rewrite forallb_rev. unfold label_so_far in L. rewrite !andb_true_iff in L. apply L. }
        destruct (split_app_whole "." (rev label ++ [o]) t C) as [p [ps [_ H]]].
        exists p, ps. rewrite <- !app_assoc in H. exact H. }
      assert (Refused : forall f : fault, (forall piece, is_label (rev label ++ o :: piece) = false) ->
        (Some f = None <-> rest_is_sound at_ label (o :: t) = true)).
      { intros f H. split; [discriminate|]. unfold rest_is_sound. destruct P as [p [ps ->]].
        cbv zeta. cbn [forallb]. rewrite H, andb_false_r. discriminate. }
      change ((length (o :: t) + at_ <=? 253) && forallb is_label (split "." (rev label ++ o :: t))
        && negb (forallb is_digit (last (split "." (rev label ++ o :: t)) [])))
        with (rest_is_sound at_ label (o :: t)).
      unfold label_so_far in L. rewrite !andb_true_iff in L. destruct L as [[L1 L2] L3].
      destruct (is_name_octet o) eqn:N; cbn [negb].
      2: { apply Refused. intros p. unfold is_label. rewrite forallb_app. cbn [forallb].
           rewrite N, andb_false_r, !andb_false_r. reflexivity. }
      destruct (length label =? 63) eqn:F.
      { apply Refused. intros p. unfold is_label.
        replace (length (rev label ++ o :: p) <=? 63) with false.
        { now rewrite andb_false_r. }
        apply Nat.eqb_eq in F. symmetry. apply Nat.leb_gt. rewrite app_length, rev_length. cbn [length]. lia. }
      destruct (Ascii.eqb o "-" && same_text label []) eqn:H.
      { apply andb_true_iff in H as [H1 H2]. apply Ascii.eqb_eq in H1. apply same_text_eq in H2. subst.
        apply Refused. intros p. unfold is_label. cbn [rev app begins_with].
        rewrite Ascii.eqb_refl. cbn [negb]. now rewrite andb_false_r. }
      rewrite IH; try lia.
      * unfold rest_is_sound. cbn [rev]. rewrite <- app_assoc. cbn [app]. rewrite S. reflexivity.
      * unfold label_so_far. cbn [forallb length]. rewrite N, L2. cbn [andb]. rewrite andb_true_r.
        apply andb_true_iff. split.
        { apply Nat.eqb_neq in F. apply Nat.leb_le in L1. apply Nat.leb_le. lia. }
        cbn [rev]. destruct (rev label) as [|x r] eqn:R.
        { assert (label = []) by (rewrite <- (rev_involutive label), R; auto). subst label.
          clear -H. revert H. each_octet o; congruence. }
        exact L3.
Qed.

Theorem a_text_is_a_domain_name_or_has_a_fault : forall t,
  fault_of_name t = None <-> is_domain_name t = true.
Proof.
  intros t. unfold fault_of_name. rewrite no_fault_of_name by (reflexivity || lia).
  unfold rest_is_sound, is_domain_name, labels. cbn [rev app]. rewrite Nat.add_0_r.
  destruct t as [|o t]; [vm_compute; split; congruence|]. reflexivity.
Qed.

Example a_domain_name_has_no_fault : fault_of_name (text_of "rome.dispatch.com") = None.
Proof. reflexivity. Qed.

(** ** AD-C5: what is an address text is no domain name, so that AD-C5 asks nothing beyond AD-G6 *)

Lemma decimal_digits : forall most t n, decimal most t = Some n -> t <> [] /\ forallb is_digit t = true.
Proof.
  intros most t n. unfold decimal. destruct (same_text t []) eqn:E; try discriminate.
  destruct (forallb is_digit t); try discriminate. apply same_text_neq in E. auto.
Qed.

Lemma groups_need_a_colon : forall t, contains ":" t = false -> ipv6_of t = None.
Proof.
  intros t C. unfold ipv6_of.
  assert (G : cut_at_gap t = None).
  { revert C. clear. induction t as [|o t IH]; auto. unfold contains in *. cbn [existsb cut_at_gap]. intros H.
    apply orb_false_iff in H as [H C]. rewrite Ascii.eqb_sym, H. cbn [andb]. now rewrite IH. }
  rewrite G. unfold side. destruct (same_text t []); auto.
  rewrite (split_whole ":" t) by auto. cbn [groups]. destruct (group t) as [g|] eqn:E.
  - unfold group in E. destruct (same_text t []); try discriminate.
    destruct (repeat "0"%char (4 - length t) ++ t) as [|a [|b [|c [|d [|]]]]]; try discriminate.
    destruct (hex_octet a b), (hex_octet c d); try discriminate. injection E as <-. reflexivity.
  - unfold dotted_quad. destruct (quad_of t) as [[[[a b] c] d]|]; reflexivity.
Qed.

Theorem an_address_text_is_no_domain_name : forall t, is_address_text t = true -> is_domain_name t = false.
Proof.
  intros t H. destruct (is_domain_name t) eqn:N; auto. exfalso. unfold is_domain_name in N.
  rewrite !andb_true_iff in N. destruct N as [[[N1 N2] N3] N4]. unfold is_address_text in H.
  assert (Q : quad_of t = None).
  { destruct (quad_of t) eqn:Q; auto. exfalso.
    assert (Q' : quad_of t <> None) by congruence. apply quad_of_some in Q' as [L Q'].
    unfold labels in N4. destruct (split "." t) as [|a [|b [|c [|d [|]]]]]; try discriminate.
    cbn [last] in N4. specialize (Q' d (or_intror (or_intror (or_intror (or_introl eq_refl))))).
    destruct (decimal 255 d) eqn:D; try congruence. apply decimal_digits in D as [_ D].
    rewrite D in N4. discriminate. }
  assert (C : contains ":" t = false).
  { unfold labels in N3. destruct (contains ":" t) eqn:C; auto. exfalso. apply contains_in in C.
    assert (P : exists p, In p (split "." t) /\ In ":" p).
    { clear -C. induction t as [|o t IH]; [contradiction|]. cbn [split].
      destruct (Ascii.eqb o ".") eqn:E.
      - destruct C as [->|C]; [discriminate|]. destruct (IH C) as [p [I J]]. exists p. split; auto. right; auto.
      - destruct (split "." t) as [|p ps] eqn:P. { now apply split_not_nil in P. }
        destruct C as [->|C]. { exists (":"%char :: p). split; left; reflexivity. }
        destruct (IH C) as [q [[<-|I] J]].
        + exists (o :: p). split; [left; auto | right; auto].
        + exists q. split; [right; auto | auto]. }
    destruct P as [p [I J]]. rewrite forallb_forall in N3. specialize (N3 p I). unfold is_label in N3.
    rewrite !andb_true_iff in N3. destruct N3 as [[[_ N3] _] _]. rewrite forallb_forall in N3.
    specialize (N3 _ J). discriminate. }
  rewrite Q, (groups_need_a_colon t C) in H. discriminate.
Qed.

Example an_address_text_exists : is_address_text (text_of "::ffff:10.0.0.1") = true.
Proof. reflexivity. Qed.

(** ** AD-C1 *)

Theorem ipv4_mapped_clients_are_their_ipv4_address : forall a b c d,
  client_of_ipv6 (mapped ++ [a; b; c; d]) = Ipv4 a b c d.
Proof. intros. unfold client_of_ipv6, is_mapped. cbn [app mapped repeat skipn firstn]. reflexivity. Qed.

Theorem no_other_embedding_is_unwrapped : forall address a b c d,
  client_of_ipv6 address = Ipv4 a b c d -> address = mapped ++ [a; b; c; d].
Proof.
  intros address a b c d. unfold client_of_ipv6, is_mapped.
  destruct (skipn 12 address) as [|w [|x [|y [|z [|]]]]] eqn:S; try discriminate.
  destruct (same_text (firstn 12 address) mapped) eqn:M; try discriminate.
  intros H; injection H as <- <- <- <-. apply same_text_eq in M.
  now rewrite <- (firstn_skipn 12 address), M, S.
Qed.

Example a_mapped_client : client_of (text_of "::FFFF:a14:1e28") = client_of (text_of "10.20.30.40").
Proof. reflexivity. Qed.

(** ** AD-G9 is an extension: no text without `:` is read otherwise for it *)

(** The grammar of the chapter: entry_of_trimmed without AD-G9, where `:` is an octet like any other that no
    name may hold. *)
Definition entry_of_trimmed_in_the_chapter (t : text) : entry :=
  if same_text t [] then Blank
  else if is_keyword t then Keyword
  else if only_digits_and_dots t then pattern_entry t
  else name_entry t.

Definition entry_in_the_chapter (v : text) : entry :=
  move_fault (blanks_before v) (entry_of_trimmed_in_the_chapter (trim v)).

Lemma drop_blanks_in : forall o t, In o (drop_blanks t) -> In o t.
Proof.
  induction t as [|x t IH]; simpl; auto. destruct (is_blank_octet x); auto.
Qed.

Lemma trim_contains : forall o t, contains o t = false -> contains o (trim t) = false.
Proof.
  intros o t H. apply not_true_iff_false in H. apply not_true_iff_false. intros C. apply H.
  apply contains_in in C. apply contains_in. unfold trim in C. apply in_rev in C.
  apply drop_blanks_in in C. apply in_rev in C. now apply drop_blanks_in in C.
Qed.

Lemma the_chapters_entries : forall v, contains ":" v = false -> entry_of v = entry_in_the_chapter v.
Proof.
  intros v H. unfold entry_of, entry_in_the_chapter, entry_of_trimmed, entry_of_trimmed_in_the_chapter.
  now rewrite (trim_contains ":" v H).
Qed.

(** ** What a value can become *)

Definition well_formed (e : entry) : Prop :=
  match e with
  | Ipv6Prefix address length =>
      List.length address = 16 /\ length <= 128 /\ host_bits_are_zero address length = true
      /\ ((96 <=? length) && is_mapped address) = false
  | DomainName name => is_domain_name name = true
  | _ => True
  end.

Lemma ipv6_of_length : forall t a, ipv6_of t = Some a -> length a = 16.
Proof.
  intros t a. unfold ipv6_of. destruct (cut_at_gap t) as [[l r]|].
  - destruct (side false l) as [h|]; try discriminate. destruct (side true r) as [w|]; try discriminate.
    destruct (length h + length w <=? 14) eqn:E; try discriminate. intros H.
    assert (a = h ++ repeat zero (16 - (length h + length w)) ++ w) as -> by congruence.
    apply Nat.leb_le in E. rewrite !app_length, repeat_length. lia.
  - destruct (side true t) as [x|]; try discriminate. destruct (length x =? 16) eqn:E; try discriminate.
    intros H; injection H as <-. now apply Nat.eqb_eq.
Qed.

Lemma decimal_most : forall most t n, decimal most t = Some n -> n <= most.
Proof.
  intros most t n. unfold decimal, exceeds. destruct (same_text t []); try discriminate.
  destruct (negb (forallb is_digit t)); try discriminate. destruct (has_leading_zero t); try discriminate.
  destruct (length t <=? 3); try discriminate. destruct (most <? value t) eqn:E; try discriminate.
  intros H; injection H as <-. now apply Nat.ltb_ge.
Qed.

Theorem every_entry_is_well_formed : forall v, well_formed (entry_of v).
Proof.
  intros v. unfold entry_of, entry_of_trimmed. set (t := trim v).
  assert (M : forall e n, well_formed e -> well_formed (move_fault n e)) by (destruct e as [|[]| | | |]; auto).
  apply M. destruct (same_text t []); try exact I. destruct (is_keyword t); try exact I.
  destruct (contains ":" t).
  - unfold ipv6_entry. destruct (cut_at_slash t) as [l r]. destruct (ipv6_of l) as [a|] eqn:A; try exact I.
    destruct (match r with Some digits => decimal 128 digits | None => Some 128 end) as [n|] eqn:N; try exact I.
    destruct ((96 <=? n) && is_mapped a) eqn:P; [exact I|].
    destruct (host_bits_are_zero a n) eqn:B; try exact I. apply ipv6_of_length in A.
    unfold well_formed. repeat split; auto.
    destruct r; [now apply decimal_most in N | assert (n = 128) as -> by congruence; apply Nat.le_refl].
  - destruct (only_digits_and_dots t).
    + unfold pattern_entry. destruct (quad_of t) as [[[[a b] c] d]|]; exact I.
    + unfold name_entry. destruct (is_domain_name (without_trailing_dot t)) eqn:N; [exact N | exact I].
Qed.
