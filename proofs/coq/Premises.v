(* SPDX-License-Identifier: BSD-2-Clause *)
(** * No theorem holds of nothing

    Each theorem that has premises, applied once: to something of which its premises are true. proofs/check sees that none is
    left out, and that none of these still waits for a premise. *)

From Coq Require Import List Ascii String NArith Bool.
From Postern Require Import AccessDomain Texts Grammar Steps RoundTrip.
From Postern Require Credentials Drop FileAccess Life.
Import ListNotations.
Open Scope char_scope.

(** ** The grammar *)

Example premises_of_a_text_of_digits_and_dots_is_a_pattern_or_has_a_fault :=
  a_text_of_digits_and_dots_is_a_pattern_or_has_a_fault (text_of "128.123.45.0") eq_refl.
Example premises_of_an_address_text_is_no_domain_name := an_address_text_is_no_domain_name _ an_address_text_exists.
Example premises_of_no_other_embedding_is_unwrapped :=
  no_other_embedding_is_unwrapped _ _ _ _ _ (ipv4_mapped_clients_are_their_ipv4_address "010" "020" "030" "040").
Example premises_of_parse_print_round_trip := parse_print_round_trip (text_of "Dispatch.COM.") eq_refl eq_refl.
Example premises_of_printing_is_canonical := printing_is_canonical (text_of "2001:DB8::/32") eq_refl eq_refl.

(** ** The steps *)

Definition somebody := Ipv4 "010" "001" "002" "003".
Definition ten := map entry_of [text_of "10.0.0.0"].

Example premises_of_order_and_duplicates_do_not_matter :=
  order_and_duplicates_do_not_matter _ _ somebody [] order_and_duplicates_premise.
Example premises_of_the_order_of_names_does_not_matter :=
  the_order_of_names_does_not_matter ten somebody _ _ the_order_of_names_premise.
Example premises_of_removing_the_last_entry_opens_the_account :=
  removing_the_last_entry_opens_the_account Keyword _ somebody []
    (proj1 the_last_entry_can_be_removed) (proj2 the_last_entry_can_be_removed).
Example premises_of_the_empty_list_is_the_only_open_list :=
  the_empty_list_is_the_only_open_list [Blank] ltac:(now intros ? ? [H|[]]) ltac:(reflexivity) Blank (or_introl eq_refl).
Example premises_of_none_denies_everyone := none_denies_everyone _ somebody [] none_can_stand_in_a_list.
Example premises_of_a_malformed_entry_never_allows :=
  a_malformed_entry_never_allows _ _ _ _ (proj1 a_malformed_entry_beside_an_allow) (proj2 a_malformed_entry_beside_an_allow).
Example premises_of_a_list_of_malformed_entries_denies :=
  a_list_of_malformed_entries_denies (Slash, 8) _ somebody [] a_list_of_malformed_entries.
Example premises_of_the_valid_neighbours_of_a_malformed_entry_keep_their_effect :=
  the_valid_neighbours_of_a_malformed_entry_keep_their_effect (Slash, 8) _ somebody [] a_valid_neighbour.
Example premises_of_adding_an_entry_never_revokes :=
  adding_an_entry_never_revokes [] (map entry_of [text_of "10.0.0.0"]) (Malformed (Slash, 8)) somebody []
    ltac:(discriminate) ltac:(eexists; split; [left; reflexivity | discriminate]) adding_an_entry_premise.
Example premises_of_a_pattern_without_zero_names_one_host :=
  a_pattern_without_zero_names_one_host "010" "020" "030" "040" somebody
    ltac:(discriminate) ltac:(discriminate) ltac:(discriminate) ltac:(discriminate).
Example premises_of_the_extension_is_conservative := the_extension_is_conservative _ somebody [] the_extension_premise.
Example premises_of_an_address_match_never_asks_the_name_service :=
  an_address_match_never_asks_the_name_service ten _ _ (fun _ => []) (or_introl eq_refl) an_address_match.
Example premises_of_unasked_the_names_change_nothing :=
  unasked_the_names_change_nothing _ _ [text_of "a.test"] a_list_that_does_not_ask.
Example premises_of_the_name_service_is_asked_only_if_the_verdict_depends_on_it :=
  the_name_service_is_asked_only_if_the_verdict_depends_on_it [text_of "10.0.0.0"; text_of "dispatch.com"] _ a_list_that_asks.
Example premises_of_fewer_names_never_grant :=
  fewer_names_never_grant [entry_of (text_of "test")] somebody [text_of "a.test"; text_of "b.test"] [text_of "b.test"]
    ltac:(simpl; tauto) ltac:(reflexivity).
Example premises_of_losing_the_name_service_never_grants :=
  losing_the_name_service_never_grants _ _ [text_of "a.test"] allowed_without_names.
Example premises_of_the_lowest_entry_of_the_deciding_step_is_reported :=
  the_lowest_entry_of_the_deciding_step_is_reported _ _ _ _ (proj1 a_reported_name).
Example premises_of_at_step_four_the_first_name_within_the_entry_is_reported :=
  at_step_four_the_first_name_within_the_entry_is_reported _ _ _ _ (proj1 a_reported_name) (proj2 (proj2 a_reported_name)).
Example premises_of_only_step_four_reports_a_name :=
  only_step_four_reports_a_name _ _ _ _ (proj1 (proj2 a_reported_name)).

(** ** Privileges *)

Import Credentials Drop FileAccess Life.
Open Scope N_scope.

(** The MTA is 8, mail 12; [mta] has dropped. *)
Definition mta := run (root_with_everything [root]) (the_drop 8 8 [12]).
Lemma mta_has_dropped : dropped 8 8 [12] mta.
Proof. now apply the_drop_gives_all_up. Qed.

Example premises_of_the_drop_gives_all_up := the_drop_gives_all_up 8 8 [12] [root] ltac:(discriminate).
Example premises_of_the_drop_is_irrevocable :=
  the_drop_is_irrevocable 8 8 [12] mta [Setuid root] ltac:(discriminate) mta_has_dropped.
Example premises_of_the_drop_leaves_no_power :=
  the_drop_leaves_no_power 8 8 [12] mta [Exec set_uid_root] ltac:(discriminate) ltac:(discriminate)
    ltac:(now intros [H|[]]) mta_has_dropped.
(** What each of the two layers is without the other: the bounding set full, no_new_privs off. *)
Example premises_of_no_new_privs_holds_without_a_bounding_set :=
  let some := Credentials (all_four 8) (all_four 8) [12] nothing nothing nothing every_capability nothing locked_bits true in
  no_new_privs_holds_without_a_bounding_set 8 8 [12] some [Exec set_uid_root] ltac:(discriminate) ltac:(now split).
Example premises_of_an_empty_bounding_set_holds_without_no_new_privs :=
  let some := Credentials (all_four 8) (all_four 8) [12] nothing nothing nothing nothing nothing locked_bits false in
  an_empty_bounding_set_holds_without_no_new_privs some [Exec set_uid_root] ltac:(now split).
Example premises_of_anything_weaker_is_revocable :=
  anything_weaker_is_revocable 8 12 ltac:(discriminate) ltac:(discriminate).

(** ** Files *)

Lemma mta_is_bound : bound_by_modes mta.
Proof. now apply a_process_without_capabilities_is. Qed.
(** Somebody who is in no group that counts. *)
Definition outsider := run (root_with_everything []) (the_drop 1000 1000 []).
Lemma outsider_is_bound : bound_by_modes outsider.
Proof. now apply a_process_without_capabilities_is. Qed.

Example premises_of_a_maildrop_serves_exactly_its_owner_and_the_mail_group :=
  a_maildrop_serves_exactly_its_owner_and_the_mail_group mta 1000 12 READ mta_is_bound (or_introl eq_refl).
Example premises_of_an_outsider_reaches_no_tree :=
  an_outsider_reaches_no_tree outsider 8 8 [] [] READ as_created outsider_is_bound ltac:(discriminate).
Example premises_of_an_outsider_changes_no_name_in_the_spool :=
  an_outsider_changes_no_name_in_the_spool outsider 12 true (maildrop 1000 12) outsider_is_bound ltac:(discriminate) eq_refl.
Example premises_of_in_a_sticky_spool_a_maildrop_keeps_its_name :=
  in_a_sticky_spool_a_maildrop_keeps_its_name mta 12 1000 mta_is_bound ltac:(discriminate) ltac:(discriminate).
Example premises_of_without_the_sticky_bit_group_mail_may_take_a_maildrop_away :=
  without_the_sticky_bit_group_mail_may_take_a_maildrop_away mta 12 1000 ltac:(discriminate) eq_refl.
Example premises_of_fchmod_before_fchown :=
  fchmod_before_fchown _ 1000 12 (proj1 it_is_a_helper) ltac:(discriminate).

(** ** The life of the daemon *)

(** A dispatcher that has dropped and listens, its helper, and a connection; the helper, which is the younger, is at 0. *)
Definition a_life := Fork 0 Helper [] :: map (Call 1) (the_drop 8 12 []) ++ [Listen; Connect].
Definition a_dispatcher := nth 1 (processes (life 8 12 [0] a_life)) (Process Module [] mta).
Definition a_helper := nth 0 (processes (life 8 12 [0] a_life)) (Process Module [] mta).

Example premises_of_no_connection_before_the_drop :=
  no_connection_before_the_drop 8 12 [0] a_life a_dispatcher ltac:(discriminate)
    ltac:(right; vm_compute; discriminate) ltac:(vm_compute; right; left; reflexivity) ltac:(vm_compute; reflexivity).
Example premises_of_only_the_helper_is_privileged :=
  only_the_helper_is_privileged 8 12 [0] a_life a_helper ltac:(discriminate) ltac:(discriminate)
    ltac:(right; vm_compute; discriminate) ltac:(vm_compute; left; reflexivity) ltac:(vm_compute; tauto)
    ltac:(vm_compute; reflexivity).
