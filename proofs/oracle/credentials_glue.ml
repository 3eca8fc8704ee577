(* SPDX-License-Identifier: BSD-2-Clause *)
(* What C++ calls: a request is the state and one call, in 64-bit numbers, the lowest octet first; an answer is the
   state afterwards, or nothing where the call is refused. Nothing is decided here. *)

open Credentials

let rec positive i =
  if i = 1 then XH else if i land 1 = 1 then XI (positive (i lsr 1)) else XO (positive (i lsr 1))
let n_of i = if i = 0 then N0 else Npos (positive i)
let rec of_positive = function XH -> 1 | XO p -> 2 * of_positive p | XI p -> (2 * of_positive p) + 1
let of_n = function N0 -> 0 | Npos p -> of_positive p

type request = { octets : String.t; mutable at : int }

let number r =
  let i = Int64.to_int (String.get_int64_le r.octets r.at) in
  r.at <- r.at + 8;
  i

let n r = n_of (number r)
let flag r = number r <> 0

(* The call's -1. *)
let optional r = match number r with 0xFFFFFFFF -> None | i -> Some (n_of i)

let rec several r count = if count = 0 then [] else let first = n r in first :: several r (count - 1)
let id_list r = several r (number r)

let ids r =
  let real = n r in
  let effective = n r in
  let saved = n r in
  let file_system = n r in
  { real; effective; saved; file_system }

let bit number at = { on = (number lsr at) land 1 = 1; locked = (number lsr (at + 1)) land 1 = 1 }
let securebits number =
  { no_root = bit number 0; no_setuid_fixup = bit number 2; keep_caps = bit number 4; no_ambient_raise = bit number 6 }

let state r =
  let user = ids r in
  let group = ids r in
  let groups = id_list r in
  let effective_set = n r in
  let permitted = n r in
  let inheritable = n r in
  let bounding = n r in
  let ambient = n r in
  let bits = securebits (number r) in
  let no_new_privs = flag r in
  { user; group; groups; effective_set; permitted; inheritable; bounding; ambient; bits; no_new_privs }

let program r =
  let owner = n r in
  let file_group = n r in
  let set_uid = flag r in
  let set_gid = flag r in
  let on_nosuid = flag r in
  let has_capabilities = flag r in
  let p = n r in
  let i = n r in
  let e = flag r in
  { owner; file_group; set_uid; set_gid; on_nosuid;
    file_capabilities = (if has_capabilities then Some ((p, i), e) else None) }

(* Numbers in the order of CallName in core/permission_model/exec.h. *)
let call r =
  let optionals = function
    | 2 -> let a = optional r in let b = optional r in a, b, None
    | _ -> let a = optional r in let b = optional r in let c = optional r in a, b, c in
  match number r with
  | 0 -> Setgroups (id_list r)
  | 1 -> let a, b, c = optionals 3 in Setresuid (a, b, c)
  | 2 -> let a, b, c = optionals 3 in Setresgid (a, b, c)
  | 3 -> let a, b, _ = optionals 2 in Setreuid (a, b)
  | 4 -> let a, b, _ = optionals 2 in Setregid (a, b)
  | 5 -> Setuid (n r)
  | 6 -> Setgid (n r)
  | 7 -> Setfsuid (n r)
  | 8 -> Setfsgid (n r)
  | 9 -> let e = n r in let p = n r in let i = n r in Capset (e, p, i)
  | 10 -> DropBounding (n r)
  | 11 -> SetSecurebits (securebits (number r))
  | 12 -> KeepCapabilities (flag r)
  | 13 -> RaiseAmbient (n r)
  | 14 -> ClearAmbient
  | 15 -> ForbidNewPrivs
  | 16 -> Exec (program r)
  | other -> failwith (Printf.sprintf "oracle: no call %d" other)

let written s =
  let out = Buffer.create 192 in
  let add i = Buffer.add_int64_le out (Int64.of_int i) in
  let add_ids i = List.iter (fun x -> add (of_n x)) [ i.real; i.effective; i.saved; i.file_system ] in
  let of_bit at b = (Bool.to_int b.on lsl at) lor (Bool.to_int b.locked lsl (at + 1)) in
  add_ids s.user;
  add_ids s.group;
  add (List.length s.groups);
  List.iter (fun g -> add (of_n g)) s.groups;
  List.iter (fun set -> add (of_n set)) [ s.effective_set; s.permitted; s.inheritable; s.bounding; s.ambient ];
  add (of_bit 0 s.bits.no_root lor of_bit 2 s.bits.no_setuid_fixup lor of_bit 4 s.bits.keep_caps
       lor of_bit 6 s.bits.no_ambient_raise);
  add (Bool.to_int s.no_new_privs);
  Buffer.contents out

let call_request octets =
  let r = { octets; at = 0 } in
  let before = state r in
  let asked = call r in
  if r.at <> String.length octets then failwith "oracle: octets behind the request";
  match answer before asked with None -> "" | Some after -> written after

let () = Callback.register "postern_oracle_call" call_request
