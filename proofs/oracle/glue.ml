(* SPDX-License-Identifier: BSD-2-Clause *)
(* What C++ calls: a request is one string of length-prefixed texts, an answer is one number or one string.
   Nothing is decided here. *)

open Model

(* A reader of a request: 32-bit numbers, the lowest octet first; texts with their length before them. *)
type request = { octets : String.t; mutable at : int }

let number r =
  let n = Int32.to_int (String.get_int32_le r.octets r.at) in
  r.at <- r.at + 4;
  n

let text r =
  let length = number r in
  let first = r.at in
  r.at <- first + length;
  let rec from i tail = if i < first then tail else from (i - 1) (String.unsafe_get r.octets i :: tail) in
  if length < 0 || r.at > String.length r.octets then failwith "oracle: a text beyond its request";
  from (r.at - 1) []

let rec several read r n = if n = 0 then [] else let first = read r in first :: several read r (n - 1)
let texts r = several text r (number r)
let entries r = several (fun r -> entry_of (text r)) r (number r)

(* Codes in the order of `why` in AccessDomain.v. *)
let code_of_why : why -> int = function
  | ShortForm -> 1 | LongForm -> 2 | LeadingZero -> 3 | OctetRange -> 4 | LeadingDot -> 5 | Slash -> 6
  | WildcardChar -> 7 | EmptyLabel -> 8 | LabelLength -> 9 | NameLength -> 10 | Hyphen -> 11 | NumericTld -> 12
  | OctetNotAllowed -> 13 | Ipv6Syntax -> 14 | PrefixLength -> 15 | HostBits -> 16 | MappedPrefix -> 17

let of_position = function None -> 0 | Some i -> i + 1

(* -1 where the client is no address; else entry and name (position + 1, 0 for none, 24 bits each), asked,
   step, allowed, from the highest bit down. *)
let decide_request octets =
  let r = { octets; at = 0 } in
  let list = entries r in
  let ip = text r in
  let names = texts r in
  match client_of ip with
  | None -> -1
  | Some client ->
    let d = decide list client names in
    let asked = if asks_for_names list client then 1 else 0 in
    let allowed = match d.verdict_of with Allow -> 1 | Deny -> 0 in
    (of_position d.entry_at lsl 29) lor (of_position d.name_at lsl 5) lor (asked lsl 4) lor (d.step_of lsl 1)
    lor allowed

(* The malformed entries of a list: position, code of why, offset, for each. *)
let malformed_request octets =
  let found = malformed_entries (entries { octets; at = 0 }) in
  let out = Buffer.create 16 in
  let add n = Buffer.add_int32_le out (Int32.of_int n) in
  List.iter (fun (at, (why, offset)) -> add at; add (code_of_why why); add offset) found;
  Buffer.contents out

(* One value: kind, code of why and offset where it is malformed, then its canonical text. *)
let entry_request octets =
  let e = entry_of (text { octets; at = 0 }) in
  let kind, why, offset = match e with
    | Blank -> 0, 0, 0
    | Malformed (why, offset) -> 1, code_of_why why, offset
    | Keyword -> 2, 0, 0
    | IpPattern _ -> 3, 0, 0
    | Ipv6Prefix _ -> 4, 0, 0
    | DomainName _ -> 5, 0, 0 in
  let out = Buffer.create 32 in
  List.iter (fun n -> Buffer.add_int32_le out (Int32.of_int n)) [ kind; why; offset ];
  List.iter (Buffer.add_char out) (print_entry e);
  Buffer.contents out

(* The realizers of Extraction.v, on every octet: the number of octets for which they hold. *)
let sound_octets () =
  let sound = ref 0 in
  for n = 0 to 255 do
    let octet = ascii_of_nat n in
    if number_by_bits octet = n && Char.code octet = n && ascii_of_nat (n + 256) = octet then incr sound
  done;
  !sound

let () =
  Callback.register "postern_oracle_decide" decide_request;
  Callback.register "postern_oracle_malformed" malformed_request;
  Callback.register "postern_oracle_entry" entry_request;
  Callback.register "postern_oracle_sound_octets" sound_octets
