(* SPDX-License-Identifier: BSD-2-Clause *)
(** * Access domains: the AD sentences of conformance/spec/SPEC.md as a model

    Written from the sentences, in their order and with their words, to be read beside them; not from the
    code. What it says of the sentences is proved in AccessDomainTheorems.v; what the code answers is held
    against it by proofs/exhaustive. *)

From Coq Require Import Ascii String List Arith Bool.
Import ListNotations.
Open Scope char_scope.
Open Scope list_scope.
Open Scope nat_scope.

(** ** Octets and texts *)

Definition octet := ascii.
Definition text := list octet.
Definition text_of (s : string) : text := list_ascii_of_string s.

Definition zero : octet := "000".

Fixpoint same_text (a b : text) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => Ascii.eqb x y && same_text a' b'
  | _, _ => false
  end.

Definition between (low high o : octet) : bool :=
  (nat_of_ascii low <=? nat_of_ascii o) && (nat_of_ascii o <=? nat_of_ascii high).

Definition is_digit : octet -> bool := between "0" "9".
Definition is_upper : octet -> bool := between "A" "Z".
Definition is_letter (o : octet) : bool := between "a" "z" o || is_upper o.

(** Case is folded by ASCII rules only (AD-G6). *)
Definition fold_octet (o : octet) : octet :=
  if is_upper o then ascii_of_nat (nat_of_ascii o + 32) else o.
Definition fold_case (t : text) : text := map fold_octet t.

Definition contains (o : octet) (t : text) : bool := existsb (Ascii.eqb o) t.

(** The pieces between separators: one more than there are separators. *)
Fixpoint split (separator : octet) (t : text) : list text :=
  match t with
  | [] => [[]]
  | o :: rest =>
      if Ascii.eqb o separator then [] :: split separator rest
      else match split separator rest with
           | piece :: pieces => (o :: piece) :: pieces
           | [] => [[o]]
           end
  end.

(** ** What an entry is *)

(** Why an entry is malformed (AD-G7): a closed list. *)
Inductive why :=
| ShortForm | LongForm | LeadingZero | OctetRange | LeadingDot | Slash | WildcardChar | EmptyLabel
| LabelLength | NameLength | Hyphen | NumericTld | OctetNotAllowed
| Ipv6Syntax | PrefixLength | HostBits | MappedPrefix.

(** Where: octets from the beginning of the text. *)
Definition fault : Type := why * nat.

Inductive entry :=
| Blank                                       (* no entry: AD-G2 *)
| Malformed (f : fault)                       (* AD-G7 *)
| Keyword                                     (* `none`: AD-G3 *)
| IpPattern (a b c d : octet)                 (* AD-G4, AD-G5 *)
| Ipv6Prefix (address : text) (length : nat)  (* AD-G9: sixteen octets, 0 to 128 *)
| DomainName (name : text).                   (* AD-G6: no trailing dot, any case *)

(** ** AD-G2: blanks around an entry are dropped *)

Definition is_blank_octet (o : octet) : bool :=
  Ascii.eqb o " " || Ascii.eqb o "009" || Ascii.eqb o "013" || Ascii.eqb o "010".

Fixpoint drop_blanks (t : text) : text :=
  match t with
  | o :: rest => if is_blank_octet o then drop_blanks rest else t
  | [] => []
  end.

Definition trim (t : text) : text := rev (drop_blanks (rev (drop_blanks t))).
Definition blanks_before (t : text) : nat := length t - length (drop_blanks t).

(** ** AD-G3: the keyword is the four letters `none`, in any case *)

Definition is_keyword (t : text) : bool := same_text (fold_case t) (text_of "none").

(** ** AD-G4: four decimal numbers 0-255 joined by dots *)

Definition digit_value (o : octet) : nat := nat_of_ascii o - nat_of_ascii "0".
Definition value (digits : text) : nat := fold_left (fun v o => 10 * v + digit_value o) digits 0.

Definition has_leading_zero (digits : text) : bool :=
  match digits with
  | o :: _ :: _ => Ascii.eqb o "0"
  | _ => false
  end.

(** Without a leading zero, four digits are more than any number that is asked for. *)
Definition exceeds (most : nat) (digits : text) : bool :=
  if length digits <=? 3 then most <? value digits else true.

(** A decimal number 0 to [most] (below 1000): no sign, no leading zero, nothing else. *)
Definition decimal (most : nat) (t : text) : option nat :=
  if same_text t [] then None
  else if negb (forallb is_digit t) then None
  else if has_leading_zero t then None
  else if exceeds most t then None
  else Some (value t).

Definition quad : Type := octet * octet * octet * octet.

Definition quad_of (t : text) : option quad :=
  match map (decimal 255) (split "." t) with
  | [Some a; Some b; Some c; Some d] =>
      Some (ascii_of_nat a, ascii_of_nat b, ascii_of_nat c, ascii_of_nat d)
  | _ => None
  end.

(** The first fault, number by number from the left, of a text of digits and dots. [at_] is where the first of
    [numbers] begins, so the dot before it, or the end of a text that has run out, is one less. *)
Fixpoint first_fault_of_numbers (wanted at_ : nat) (numbers : list text) : option fault :=
  match wanted, numbers with
  | 0, [] => None
  | 0, _ :: _ => Some (LongForm, at_ - 1)
  | S _, [] => Some (ShortForm, at_ - 1)
  | S wanted', number :: rest =>
      if same_text number [] then
        Some (match rest with
              | [] => (ShortForm, at_)
              | _ :: _ => (if at_ =? 0 then LeadingDot else EmptyLabel, at_)
              end)
      else if has_leading_zero number then Some (LeadingZero, at_)
      else if exceeds 255 number then Some (OctetRange, at_)
      else first_fault_of_numbers wanted' (at_ + length number + 1) rest
  end.

Definition fault_of_quad (t : text) : option fault := first_fault_of_numbers 4 0 (split "." t).

(** ** AD-G6: a domain name *)

Definition is_name_octet (o : octet) : bool :=
  is_letter o || is_digit o || Ascii.eqb o "-" || Ascii.eqb o "_".

Definition begins_with (o : octet) (t : text) : bool :=
  match t with
  | first :: _ => Ascii.eqb first o
  | [] => false
  end.
Definition ends_with (o : octet) (t : text) : bool := begins_with o (rev t).

(** Each label 1-63 of a-z, A-Z, 0-9, `-`, `_`, not beginning or ending with `-`. *)
Definition is_label (t : text) : bool :=
  (1 <=? length t) && (length t <=? 63) && forallb is_name_octet t
  && negb (begins_with "-" t) && negb (ends_with "-" t).

Definition labels (name : text) : list text := split "." name.

(** 1-253 octets of labels joined by dots; the last label is not all digits. *)
Definition is_domain_name (t : text) : bool :=
  (1 <=? length t) && (length t <=? 253) && forallb is_label (labels t)
  && negb (forallb is_digit (last (labels t) [])).

(** One trailing dot is allowed and dropped; lengths are counted without it. *)
Definition without_trailing_dot (t : text) : text :=
  match rev t with
  | o :: before => if Ascii.eqb o "." then rev before else t
  | [] => t
  end.

Definition why_not_a_name_octet (o : octet) : why :=
  if Ascii.eqb o "/" then Slash
  else if Ascii.eqb o "*" || Ascii.eqb o "?" then WildcardChar
  else OctetNotAllowed.

(** The first fault, octet by octet from the left. [label] is the label that is being read, its last octet
    first; [at_] is where the next octet is. *)
Definition fault_at_end (at_ : nat) (label : text) : option fault :=
  match label with
  | [] => Some (EmptyLabel, at_)
  | _ :: _ =>
      if begins_with "-" label then Some (Hyphen, at_ - 1)
      else if forallb is_digit label then Some (NumericTld, at_ - length label)
      else None
  end.

Fixpoint first_fault_of_name (at_ : nat) (label : text) (t : text) : option fault :=
  match t with
  | [] => fault_at_end at_ label
  | o :: rest =>
      if at_ =? 253 then Some (NameLength, at_)
      else if Ascii.eqb o "." then
        if same_text label [] then Some (if at_ =? 0 then LeadingDot else EmptyLabel, at_)
        else if begins_with "-" label then Some (Hyphen, at_ - 1)
        else first_fault_of_name (S at_) [] rest
      else if negb (is_name_octet o) then Some (why_not_a_name_octet o, at_)
      else if length label =? 63 then Some (LabelLength, at_)
      else if Ascii.eqb o "-" && same_text label [] then Some (Hyphen, at_)
      else first_fault_of_name (S at_) (o :: label) rest
  end.

Definition fault_of_name (t : text) : option fault := first_fault_of_name 0 [] t.

(** ** AD-G9: an IPv6 address or prefix (RFC 4291 text) *)

Definition hex_value (o : octet) : option nat :=
  let folded := fold_octet o in
  if is_digit o then Some (digit_value o)
  else if between "a" "f" folded then Some (10 + (nat_of_ascii folded - nat_of_ascii "a"))
  else None.

Definition hex_octet (high low : octet) : option octet :=
  match hex_value high, hex_value low with
  | Some h, Some l => Some (ascii_of_nat (16 * h + l))
  | _, _ => None
  end.

(** One to four hexadecimal digits: two octets. *)
Definition group (t : text) : option text :=
  if same_text t [] then None
  else match repeat "0" (4 - length t) ++ t with
       | [a; b; c; d] =>
           match hex_octet a b, hex_octet c d with
           | Some high, Some low => Some [high; low]
           | _, _ => None
           end
       | _ => None
       end.

Definition dotted_quad (t : text) : option text :=
  match quad_of t with
  | Some (a, b, c, d) => Some [a; b; c; d]
  | None => None
  end.

(** The pieces between colons; where [dotted], the last may be an IPv4 address instead of two groups. *)
Fixpoint groups (dotted : bool) (pieces : list text) : option text :=
  match pieces with
  | [] => Some []
  | piece :: rest =>
      match rest, group piece with
      | [], None => if dotted then dotted_quad piece else None
      | _, Some octets => match groups dotted rest with
                          | Some others => Some (octets ++ others)
                          | None => None
                          end
      | _, None => None
      end
  end.

(** The text before the first `::` and the text after it. *)
Fixpoint cut_at_gap (t : text) : option (text * text) :=
  match t with
  | o :: rest =>
      if Ascii.eqb o ":" && begins_with ":" rest then Some ([], tl rest)
      else match cut_at_gap rest with
           | Some (before, after) => Some (o :: before, after)
           | None => None
           end
  | [] => None
  end.

Definition side (dotted : bool) (t : text) : option text :=
  if same_text t [] then Some [] else groups dotted (split ":" t).

(** `::` stands for one group of zeros or more. *)
Definition ipv6_of (t : text) : option text :=
  match cut_at_gap t with
  | None =>
      match side true t with
      | Some address => if length address =? 16 then Some address else None
      | None => None
      end
  | Some (before, after) =>
      match side false before, side true after with
      | Some high, Some low =>
          if length high + length low <=? 14
          then Some (high ++ repeat zero (16 - (length high + length low)) ++ low)
          else None
      | _, _ => None
      end
  end.

(** An octet's bits, the highest first. *)
Definition bits_of_octet (o : octet) : list bool :=
  let 'Ascii b0 b1 b2 b3 b4 b5 b6 b7 := o in [b7; b6; b5; b4; b3; b2; b1; b0].
Definition bits (address : text) : list bool := flat_map bits_of_octet address.

Fixpoint same_bits (a b : list bool) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => Bool.eqb x y && same_bits a' b'
  | _, _ => false
  end.

(** [address] is inside the prefix: the first [length] bits are the same. *)
Definition is_inside (prefix : text) (length : nat) (address : text) : bool :=
  same_bits (firstn length (bits prefix)) (firstn length (bits address)).

(** Inside ::ffff:0:0/96: the first twelve octets are these. *)
Definition mapped : text := repeat zero 10 ++ ["255"; "255"].
Definition is_mapped (address : text) : bool := same_text (firstn 12 address) mapped.

Definition host_bits_are_zero (address : text) (length : nat) : bool :=
  forallb negb (skipn length (bits address)).

(** The text before the first `/`, and the text after it if there is one. *)
Fixpoint cut_at_slash (t : text) : text * option text :=
  match t with
  | o :: rest =>
      if Ascii.eqb o "/" then ([], Some rest)
      else let (before, after) := cut_at_slash rest in (o :: before, after)
  | [] => ([], None)
  end.

Definition ipv6_entry (t : text) : entry :=
  let (before, after) := cut_at_slash t in
  match ipv6_of before with
  | None => Malformed (Ipv6Syntax, 0)
  | Some address =>
      match match after with Some digits => decimal 128 digits | None => Some 128 end with
      | None => Malformed (PrefixLength, length before + 1)
      | Some bits_counted =>
          if (96 <=? bits_counted) && is_mapped address then Malformed (MappedPrefix, 0)
          else if host_bits_are_zero address bits_counted then Ipv6Prefix address bits_counted
          else Malformed (HostBits, 0)
      end
  end.

(** ** AD-G2 to AD-G9: the entry that a value is *)

(** The grammar decides what is malformed, the scanners only why. That they never differ is a theorem
    (a_malformed_text_has_a_fault), so that the [None] here is never met. *)
Definition malformed (f : option fault) : entry :=
  Malformed (match f with Some f => f | None => (OctetNotAllowed, 0) end).

Definition pattern_entry (t : text) : entry :=
  match quad_of t with
  | Some (a, b, c, d) => IpPattern a b c d
  | None => malformed (fault_of_quad t)
  end.

Definition name_entry (t : text) : entry :=
  let name := without_trailing_dot t in
  if is_domain_name name then DomainName name else malformed (fault_of_name name).

Definition only_digits_and_dots (t : text) : bool := forallb (fun o => is_digit o || Ascii.eqb o ".") t.

(** The keyword test comes first and on the whole text (AD-G6). *)
Definition entry_of_trimmed (t : text) : entry :=
  if same_text t [] then Blank
  else if is_keyword t then Keyword
  else if contains ":" t then ipv6_entry t
  else if only_digits_and_dots t then pattern_entry t
  else name_entry t.

Definition move_fault (by_ : nat) (e : entry) : entry :=
  match e with
  | Malformed (w, at_) => Malformed (w, by_ + at_)
  | _ => e
  end.

(** A fault's place is counted from the beginning of the value, blanks included. *)
Definition entry_of (v : text) : entry := move_fault (blanks_before v) (entry_of_trimmed (trim v)).

(** ** Clients *)

Inductive client :=
| Ipv4 (a b c d : octet)
| Ipv6 (address : text).

(** AD-C1: an IPv4-mapped IPv6 client is its IPv4 address. No other embedding is unwrapped. *)
Definition client_of_ipv6 (address : text) : client :=
  match skipn 12 address with
  | [a; b; c; d] => if is_mapped address then Ipv4 a b c d else Ipv6 address
  | _ => Ipv6 address
  end.

Definition client_of (t : text) : option client :=
  match quad_of t, ipv6_of t with
  | Some (a, b, c, d), _ => Some (Ipv4 a b c d)
  | None, Some address => Some (client_of_ipv6 address)
  | None, None => None
  end.

(** AD-C5: a name that is not AD-G6, or is itself an address text, does not qualify. *)
Definition is_address_text (t : text) : bool :=
  match quad_of t, ipv6_of t with
  | None, None => false
  | _, _ => true
  end.

Definition qualifies (name : text) : bool :=
  is_domain_name (without_trailing_dot name) && negb (is_address_text name)
  && negb (is_address_text (without_trailing_dot name)).

(** ** Matching *)

(** AD-G5: in a pattern a number 0 is a wildcard. *)
Definition number_matches (pattern number : octet) : bool := Ascii.eqb pattern zero || Ascii.eqb pattern number.

(** AD-3; AD-C2: IP patterns never match a real IPv6 client; AD-G9: a prefix never matches an IPv4 client. *)
Definition address_matches (c : client) (e : entry) : bool :=
  match e, c with
  | IpPattern a b c d, Ipv4 a' b' c' d' =>
      number_matches a a' && number_matches b b' && number_matches c c' && number_matches d d'
  | Ipv6Prefix prefix length, Ipv6 address => is_inside prefix length address
  | _, _ => false
  end.

(** AD-4: within = equal, or longer by whole labels on the left. *)
Fixpoint same_labels (a b : list text) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => same_text x y && same_labels a' b'
  | _, _ => false
  end.

Definition is_within (name domain : text) : bool :=
  let longer := labels (fold_case name) in
  let shorter := labels (fold_case domain) in
  (length shorter <=? length longer) && same_labels (skipn (length longer - length shorter) longer) shorter.

Definition name_matches (e : entry) (name : text) : bool :=
  match e with
  | DomainName domain => is_within (without_trailing_dot name) domain && qualifies name
  | _ => false
  end.

(** ** The steps (ranked by kind, not by position in the list) *)

Inductive verdict := Allow | Deny.

(** [entry] and [name] are positions, from 0: AD-C8. *)
Record decision := Decision {
  verdict_of : verdict;
  step_of : nat;
  entry_at : option nat;
  name_at : option nat
}.

Fixpoint position {A} (p : A -> bool) (l : list A) : option nat :=
  match l with
  | [] => None
  | x :: rest => if p x then Some 0 else option_map S (position p rest)
  end.

Definition is_blank (e : entry) : bool := match e with Blank => true | _ => false end.
Definition is_none (e : entry) : bool := match e with Keyword => true | _ => false end.
Definition is_domain (e : entry) : bool := match e with DomainName _ => true | _ => false end.
Definition is_malformed (e : entry) : bool := match e with Malformed _ => true | _ => false end.

(** Any name of the client that qualifies serves (AD-C5). *)
Definition some_name_matches (names : list text) (e : entry) : bool := existsb (name_matches e) names.

Definition name_of_entry_at (l : list entry) (names : list text) (i : nat) : option nat :=
  position (name_matches (nth i l Blank)) names.

Definition decide (l : list entry) (c : client) (names : list text) : decision :=
  if forallb is_blank l then Decision Allow 1 None None                          (* AD-1 *)
  else match position is_none l with
       | Some i => Decision Deny 2 (Some i) None                                 (* AD-2 *)
       | None =>
  match position (address_matches c) l with
  | Some i => Decision Allow 3 (Some i) None                                     (* AD-3 *)
  | None =>
  match position (some_name_matches names) l with
  | Some i => Decision Allow 4 (Some i) (name_of_entry_at l names i)             (* AD-4 *)
  | None => Decision Deny 5 None None                                            (* AD-5 *)
  end end end.

(** AD-C7: the name service is asked only if the verdict depends on it. *)
Definition asks_for_names (l : list entry) (c : client) : bool :=
  negb (existsb is_none l) && negb (existsb (address_matches c) l) && existsb is_domain l.

(** AD-C7: at most once per login. The number of look-ups is part of the answer. *)
Definition decide_lazily (l : list entry) (c : client) (look_up : unit -> list text) : decision * nat :=
  if asks_for_names l c then (decide l c (look_up tt), 1) else (decide l c [], 0).

(** The malformed entries of a list: where, why (AD-G7). *)
Fixpoint malformed_from (at_ : nat) (l : list entry) : list (nat * fault) :=
  match l with
  | [] => []
  | Malformed f :: rest => (at_, f) :: malformed_from (S at_) rest
  | _ :: rest => malformed_from (S at_) rest
  end.
Definition malformed_entries (l : list entry) : list (nat * fault) := malformed_from 0 l.

(** Texts in, the whole answer out; nothing where the client is no address. *)
Record answer := Answer { decided : decision; asked : bool; faults : list (nat * fault) }.

Definition answer_to (values : list text) (ip : text) (names : list text) : option answer :=
  match client_of ip with
  | None => None
  | Some c =>
      let l := map entry_of values in
      Some (Answer (decide l c names) (asks_for_names l c) (malformed_entries l))
  end.

(** ** The canonical text of an entry *)

Definition print_digit (n : nat) : octet := ascii_of_nat (nat_of_ascii "0" + n).

Definition print_decimal (n : nat) : text :=
  (if 100 <=? n then [print_digit (n / 100)] else [])
  ++ (if 10 <=? n then [print_digit (n / 10 mod 10)] else [])
  ++ [print_digit (n mod 10)].

Definition print_octet (o : octet) : text := print_decimal (nat_of_ascii o).

Fixpoint join (separator : octet) (pieces : list text) : text :=
  match pieces with
  | [] => []
  | [piece] => piece
  | piece :: rest => piece ++ separator :: join separator rest
  end.

Definition print_quad (a b c d : octet) : text := join "." (map print_octet [a; b; c; d]).

(** RFC 5952: hexadecimal in lower case, no leading zeros in a group. *)
Definition print_nibble (n : nat) : octet :=
  if n <? 10 then print_digit n else ascii_of_nat (nat_of_ascii "a" + (n - 10)).

Fixpoint drop_leading_zeros (digits : text) : text :=
  match digits with
  | o :: rest => if Ascii.eqb o "0" && negb (same_text rest []) then drop_leading_zeros rest else digits
  | [] => []
  end.

Definition print_group (high low : octet) : text :=
  drop_leading_zeros
    (map print_nibble [nat_of_ascii high / 16; nat_of_ascii high mod 16; nat_of_ascii low / 16; nat_of_ascii low mod 16]).

Fixpoint print_groups (address : text) : list text :=
  match address with
  | high :: low :: rest => print_group high low :: print_groups rest
  | _ => []
  end.

(** Octets left and octets covered of each run that `::` may stand for: the longest first, of equals the
    leftmost, none of a single group (RFC 5952, 4.2). *)
Definition runs : list (nat * nat) :=
  flat_map (fun n => map (fun begin => (2 * begin, 2 * n)) (seq 0 (9 - n))) [8; 7; 6; 5; 4; 3; 2].

Definition is_zero_run (address : text) (run : nat * nat) : bool :=
  let (begin, n) := run in forallb (Ascii.eqb zero) (firstn n (skipn begin address)).

Definition print_ipv6 (address : text) : text :=
  match find (is_zero_run address) runs with
  | Some (begin, n) =>
      join ":" (print_groups (firstn begin address)) ++ [":"; ":"]
      ++ join ":" (print_groups (skipn (begin + n) address))
  | None => join ":" (print_groups address)
  end.

(** No trailing dot, but for the domain name `none`, which without it would be the keyword. *)
Definition print_entry (e : entry) : text :=
  match e with
  | Blank | Malformed _ => []
  | Keyword => text_of "none"
  | IpPattern a b c d => print_quad a b c d
  | Ipv6Prefix address length => print_ipv6 address ++ (if length =? 128 then [] else "/" :: print_decimal length)
  | DomainName name => fold_case name ++ (if is_keyword name then ["."] else [])
  end.
