(* SPDX-License-Identifier: BSD-2-Clause *)
(** * Credentials: what a process is to the kernel, and what each call makes of it

    After Linux's kernel/sys.c, security/commoncap.c and fs/exec.c, in the initial user namespace, over
    arbitrary ids. core/permission_model/ says the same in C++. What is proved of it is in Drop.v. *)

From Coq Require Import NArith List Bool.
Import ListNotations.
Open Scope N_scope.

(** ** Ids *)

Definition id := N.
Definition root : id := 0.

(** The four ids of one kind. *)
Record ids := Ids { real : id; effective : id; saved : id; file_system : id }.
Definition all_four (i : id) : ids := Ids i i i i.

Definition one_of (i : id) (old : ids) : bool := (i =? real old) || (i =? effective old) || (i =? saved old).
Definition has_root (u : ids) : bool := one_of root u.

(** ** Capabilities: bit n of a set is capability n *)

Definition capabilities := N.
Definition CHOWN := 0. Definition DAC_OVERRIDE := 1. Definition DAC_READ_SEARCH := 2. Definition FOWNER := 3.
Definition FSETID := 4. Definition SETGID := 6. Definition SETUID := 7. Definition SETPCAP := 8.
Definition LINUX_IMMUTABLE := 9. Definition MKNOD := 27. Definition MAC_OVERRIDE := 32.

Definition set_of (l : list N) : capabilities := fold_right (fun c s => N.setbit s c) 0 l.
Definition every_capability : capabilities := N.ones 41.
Definition nothing : capabilities := 0.
Definition union := N.lor.
Definition both := N.land.
Definition without := N.ldiff.
Definition is_within (some all : capabilities) : bool := without some all =? nothing.

(** What comes and goes with a file-system uid of 0. *)
Definition file_system_set : capabilities :=
  set_of [CHOWN; DAC_OVERRIDE; DAC_READ_SEARCH; FOWNER; FSETID; LINUX_IMMUTABLE; MKNOD; MAC_OVERRIDE].

(** ** Securebits: each with its lock *)

Record securebit := Bit { on : bool; locked : bool }.
Record securebits := Securebits
  { no_root : securebit; no_setuid_fixup : securebit; keep_caps : securebit; no_ambient_raise : securebit }.
Definition off := Bit false false.

(** A lock neither opens nor lets its bit change. *)
Definition bit_may_become (old now : securebit) : bool :=
  negb (locked old) || (locked now && Bool.eqb (on old) (on now)).
Definition bits_may_become (old now : securebits) : bool :=
  bit_may_become (no_root old) (no_root now) && bit_may_become (no_setuid_fixup old) (no_setuid_fixup now)
  && bit_may_become (keep_caps old) (keep_caps now) && bit_may_become (no_ambient_raise old) (no_ambient_raise now).

(** ** Credentials *)

Record credentials := Credentials
  { user : ids; group : ids; groups : list id;
    effective_set : capabilities; permitted : capabilities; inheritable : capabilities;
    bounding : capabilities; ambient : capabilities;
    bits : securebits; no_new_privs : bool }.

Definition can (c : N) (s : credentials) : bool := N.testbit (effective_set s) c.
Definition in_group (g : id) (s : credentials) : bool :=
  (file_system (group s) =? g) || existsb (N.eqb g) (groups s).

Definition with_user (u : ids) s := Credentials u (group s) (groups s) (effective_set s) (permitted s)
  (inheritable s) (bounding s) (ambient s) (bits s) (no_new_privs s).
Definition with_group (g : ids) s := Credentials (user s) g (groups s) (effective_set s) (permitted s)
  (inheritable s) (bounding s) (ambient s) (bits s) (no_new_privs s).
Definition with_groups (gs : list id) s := Credentials (user s) (group s) gs (effective_set s) (permitted s)
  (inheritable s) (bounding s) (ambient s) (bits s) (no_new_privs s).
Definition with_sets (e p i a : capabilities) s := Credentials (user s) (group s) (groups s) e p i
  (bounding s) a (bits s) (no_new_privs s).
Definition with_bounding (b : capabilities) s := Credentials (user s) (group s) (groups s) (effective_set s)
  (permitted s) (inheritable s) b (ambient s) (bits s) (no_new_privs s).
Definition with_bits (b : securebits) s := Credentials (user s) (group s) (groups s) (effective_set s)
  (permitted s) (inheritable s) (bounding s) (ambient s) b (no_new_privs s).
Definition with_no_new_privs s := Credentials (user s) (group s) (groups s) (effective_set s) (permitted s)
  (inheritable s) (bounding s) (ambient s) (bits s) true.

(** ** The rules by which ids change. [None] as an argument: the call's -1; as an answer: not permitted *)

Definition given (i : option id) (otherwise : id) : id := match i with Some x => x | None => otherwise end.
Definition given_one_of (i : option id) (old : ids) : bool :=
  match i with Some x => one_of x old | None => true end.
Definition same_ids (a b : ids) : bool :=
  (real a =? real b) && (effective a =? effective b) && (saved a =? saved b) && (file_system a =? file_system b).

(** setresuid, setresgid. One that asks for nothing new leaves the file-system id alone as well. *)
Definition res_ids (old : ids) (r e s : option id) (capable : bool) : option ids :=
  if capable || (given_one_of r old && given_one_of e old && given_one_of s old) then
    let now := Ids (given r (real old)) (given e (effective old)) (given s (saved old)) (file_system old) in
    let asks_nothing := same_ids now old && (given e (file_system old) =? file_system old) in
    Some (if asks_nothing then now else Ids (real now) (effective now) (saved now) (effective now))
  else None.

(** setreuid, setregid. *)
Definition re_ids (old : ids) (r e : option id) (capable : bool) : option ids :=
  let real_ok := match r with Some x => (x =? real old) || (x =? effective old) | None => true end in
  if capable || (real_ok && given_one_of e old) then
    let e' := given e (effective old) in
    let new_saved := match r, e with
                     | Some _, _ => true
                     | None, Some x => negb (x =? real old)
                     | None, None => false
                     end in
    Some (Ids (given r (real old)) e' (if new_saved then e' else saved old) e')
  else None.

(** setuid, setgid. *)
Definition one_id (old : ids) (i : id) (capable : bool) : option ids :=
  if capable then Some (all_four i)
  else if (i =? real old) || (i =? saved old) then Some (Ids (real old) i (saved old) i)
  else None.

(** setfsuid, setfsgid: may do nothing, and do not say so. *)
Definition fs_id (old : ids) (i : id) (capable : bool) : ids :=
  if capable || one_of i old || (i =? file_system old) then Ids (real old) (effective old) (saved old) i else old.

(** Capabilities follow the user ids. *)
Definition follow_users (s : credentials) (now : ids) : credentials :=
  let after := with_user now s in
  if on (no_setuid_fixup (bits s)) then after
  else
    let leaves_root := has_root (user s) && negb (has_root now) in
    let clears := leaves_root && negb (on (keep_caps (bits s))) in
    let p := if clears then nothing else permitted s in
    let a := if leaves_root then nothing else ambient s in
    let e := if clears then nothing else effective_set s in
    let e := if (effective (user s) =? root) && negb (effective now =? root) then nothing
             else if negb (effective (user s) =? root) && (effective now =? root) then p else e in
    with_sets e p (inheritable s) a after.

Definition follow_file_system_user (s : credentials) (now : ids) : credentials :=
  let after := with_user now s in
  if on (no_setuid_fixup (bits s)) then after
  else
    let was := file_system (user s) =? root in
    let is := file_system now =? root in
    let e := if was && negb is then without (effective_set s) file_system_set
             else if negb was && is then union (effective_set s) (both (permitted s) file_system_set)
             else effective_set s in
    with_sets e (permitted s) (inheritable s) (ambient s) after.

(** ** Executing a file *)

(** What of a file counts: its set-id bits (set-gid: with group execute) and its capabilities, if it has some. *)
Record program := Program
  { owner : id; file_group : id; set_uid : bool; set_gid : bool; on_nosuid : bool;
    file_capabilities : option (capabilities * capabilities * bool) }.  (* permitted, inheritable, effective *)

Definition exec (s : credentials) (f : program) : option credentials :=
  let honoured := negb (on_nosuid f) && negb (no_new_privs s) in
  let u := if honoured && set_uid f then owner f else effective (user s) in
  let g := if honoured && set_gid f then file_group f else effective (group s) in
  let caps := if on_nosuid f then None else file_capabilities f in
  let has_file := match caps with Some _ => true | None => false end in
  let from_file := match caps with
                   | Some (p, i, _) => union (both (bounding s) p) (both (inheritable s) i)
                   | None => nothing
                   end in
  let enough := match caps with Some (p, _, true) => is_within p from_file | _ => true end in
  if enough then
    let mixed := has_file && negb (real (user s) =? root) && (u =? root) in
    let as_root := negb (on (no_root (bits s))) && negb mixed in
    let p := if as_root && ((u =? root) || (real (user s) =? root)) then union (bounding s) (inheritable s)
             else from_file in
    let e := match caps with Some (_, _, true) => true | _ => as_root && (u =? root) end in
    let ids_changed := negb (u =? effective (user s)) || negb (in_group g s) in
    let limited := (ids_changed || negb (is_within p (permitted s))) && no_new_privs s in
    let u := if limited then real (user s) else u in
    let g := if limited then real (group s) else g in
    let p := if limited then both p (permitted s) else p in
    let a := if has_file || ids_changed then nothing else ambient s in
    let p := union p a in
    let now := with_user (Ids (real (user s)) u u u) (with_group (Ids (real (group s)) g g g) s) in
    let b := Securebits (no_root (bits s)) (no_setuid_fixup (bits s)) (Bit false (locked (keep_caps (bits s))))
                        (no_ambient_raise (bits s)) in
    Some (with_bits b (with_sets (if e then p else a) p (inheritable s) a now))
  else None.

(** ** The calls *)

Inductive call :=
| Setgroups (gs : list id)
| Setresuid (r e s : option id)
| Setresgid (r e s : option id)
| Setreuid (r e : option id)
| Setregid (r e : option id)
| Setuid (i : id)
| Setgid (i : id)
| Setfsuid (i : id)
| Setfsgid (i : id)
| Capset (e p i : capabilities)
| DropBounding (gone : capabilities)
| SetSecurebits (b : securebits)
| KeepCapabilities (keep : bool)
| RaiseAmbient (c : capabilities)
| ClearAmbient
| ForbidNewPrivs
| Exec (f : program).

Definition when (permitted_call : bool) (s : credentials) : option credentials :=
  if permitted_call then Some s else None.

Definition capset_allowed (s : credentials) (e p i : capabilities) : bool :=
  (can SETPCAP s || is_within i (union (inheritable s) (permitted s)))
  && is_within i (union (inheritable s) (bounding s)) && is_within p (permitted s) && is_within e p.

(** [None]: refused, and nothing is changed. *)
Definition answer (s : credentials) (c : call) : option credentials :=
  match c with
  | Setgroups gs => when (can SETGID s) (with_groups gs s)
  | Setresuid r e sv => option_map (follow_users s) (res_ids (user s) r e sv (can SETUID s))
  | Setresgid r e sv => option_map (fun g => with_group g s) (res_ids (group s) r e sv (can SETGID s))
  | Setreuid r e => option_map (follow_users s) (re_ids (user s) r e (can SETUID s))
  | Setregid r e => option_map (fun g => with_group g s) (re_ids (group s) r e (can SETGID s))
  | Setuid i => option_map (follow_users s) (one_id (user s) i (can SETUID s))
  | Setgid i => option_map (fun g => with_group g s) (one_id (group s) i (can SETGID s))
  | Setfsuid i => Some (follow_file_system_user s (fs_id (user s) i (can SETUID s)))
  | Setfsgid i => Some (with_group (fs_id (group s) i (can SETGID s)) s)
  | Capset e p i => when (capset_allowed s e p i) (with_sets e p i (both (both (ambient s) p) i) s)
  | DropBounding gone => when (can SETPCAP s) (with_bounding (without (bounding s) gone) s)
  | SetSecurebits b => when (can SETPCAP s && bits_may_become (bits s) b) (with_bits b s)
  | KeepCapabilities k =>
      when (negb (locked (keep_caps (bits s))))
           (with_bits (Securebits (no_root (bits s)) (no_setuid_fixup (bits s)) (Bit k false)
                                  (no_ambient_raise (bits s))) s)
  | RaiseAmbient c =>
      when (is_within c (both (permitted s) (inheritable s)) && negb (on (no_ambient_raise (bits s))))
           (with_sets (effective_set s) (permitted s) (inheritable s) (union (ambient s) c) s)
  | ClearAmbient => Some (with_sets (effective_set s) (permitted s) (inheritable s) nothing s)
  | ForbidNewPrivs => Some (with_no_new_privs s)
  | Exec f => exec s f
  end.

Definition apply (s : credentials) (c : call) : credentials :=
  match answer s c with Some after => after | None => s end.

Definition run (s : credentials) (cs : list call) : credentials := fold_left apply cs s.
