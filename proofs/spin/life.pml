/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The life of the daemon, with every order in which its processes can run: start, bind, no_new_privs, helper, deliver
 * supervisor, key files, drop, verify, listen, modules, connections, deliveries (PV-1 to PV-6, MD-2).
 *
 * A session is taken over by the first octet that it reads; from then on it issues any call of those below, at any time,
 * until it ends. Its filter is believed for opening files alone (PV-6): against calls that change credentials, exec of
 * a set-uid file, signals and listening there is nothing but the kernel's own permission, so that PV-2 and PV-5 are seen to
 * need no filter. check runs each claim at the end of this file and knows which must hold and which must not.
 */
#define ROOT 0
#define MTA 1
#define STRANGER 2

/* The processes. L forks a session and a keeper for each connection; V walks the queue and alone can ask the helper. */
#define D 0 /* dispatcher */
#define H 1 /* maildrop helper */
#define V 2 /* deliver supervisor, and deliver */
#define L 3 /* a module's listener */
#define S 4 /* session: the client's socket */
#define K 5 /* keeper: the files */
#define PROCESSES 6

#define CONNECTIONS 1
#define DELIVERIES 2

/* Credentials, as Credentials.v has them but for what no process here ever uses. `capable`: every capability permitted;
 * they are effective with an effective uid of root. `chown`: CAP_CHOWN, permitted and effective. */
byte real_uid[PROCESSES], effective_uid[PROCESSES], saved_uid[PROCESSES];
bit capable[PROCESSES], chown[PROCESSES], bounding[PROCESSES], mail[PROCESSES], no_new_privs[PROCESSES];
bit alive[PROCESSES], running[PROCESSES]; /* the second until its end has been noticed */

/* What each process has ever done with the world. */
bit reads_network[PROCESSES], opens_files[PROCESSES], accepts[PROCESSES];

bit bound, listening, dropped, keys_open, taken_over, helper_ready, deliver_ready;
byte connections, made, delivered, postponed, tried;
bit helper_died, opened_by_the_dead, hollow, made_by_another, refused_call, listened_by_another, killed_by_filter;

/* One question at a time between deliver and helper; both ends learn of the other's end. */
chan question = [0] of { bit };
chan answer = [0] of { bit };

#define is_root(p) (real_uid[p] == ROOT || effective_uid[p] == ROOT || saved_uid[p] == ROOT)
#define privileged(p) (alive[p] && (is_root(p) || capable[p] || chown[p]))
#define able(p) (capable[p] && effective_uid[p] == ROOT)
#define has(p, id) (real_uid[p] == id || effective_uid[p] == id || saved_uid[p] == id)

/* ---- The kernel's part ---------------------------------------------------------------------------------------- */

/* setresuid */
inline set_uids(p, a, b, c) {
  d_step {
    if
    :: able(p) || (has(p, a) && has(p, b) && has(p, c)) ->
       real_uid[p] = a; effective_uid[p] = b; saved_uid[p] = c;
       if
       :: !is_root(p) -> capable[p] = 0; chown[p] = 0
       :: else
       fi
    :: else -> refused_call = 1
    fi
  }
}

inline any_id(id) {
  if
  :: id = ROOT
  :: id = MTA
  :: id = STRANGER
  fi
}

/* setgroups: with or without group mail */
inline set_mail(p, with) {
  d_step {
    if
    :: able(p) -> mail[p] = with
    :: else -> refused_call = 1
    fi
  }
}

/* exec of a file that is root's and set-uid */
inline execute_set_uid(p) {
  d_step {
    if
    :: no_new_privs[p] -> refused_call = 1
    :: else -> effective_uid[p] = ROOT; saved_uid[p] = ROOT; capable[p] = bounding[p]
    fi
  }
}

inline forked(parent, child) {
  real_uid[child] = real_uid[parent]; effective_uid[child] = effective_uid[parent]; saved_uid[child] = saved_uid[parent];
  capable[child] = capable[parent]; chown[child] = chown[parent]; bounding[child] = bounding[parent];
  mail[child] = mail[parent]; no_new_privs[child] = no_new_privs[parent];
  reads_network[child] = 0; opens_files[child] = 0; accepts[child] = 0;
  alive[child] = 1; running[child] = 1
}

/* kill: root's power, or the same ids */
inline send_signal(from, to) {
  if
  :: alive[to] && (able(from) || effective_uid[from] == real_uid[to] || effective_uid[from] == saved_uid[to]) -> alive[to] = 0
  :: else -> refused_call = 1
  fi
}

/* ---- The daemon's part ---------------------------------------------------------------------------------------- */

/* The drop of daemon/sys/credentials.cc: groups and bounding set while it still can, then the ids, then what is left. */
inline drop(p, with_mail) {
  set_mail(p, with_mail);
  bounding[p] = 0;
  set_uids(p, MTA, MTA, MTA);
  capable[p] = 0; chown[p] = 0
}

/* Taking root back must fail (PV-2), and what the kernel shows must be what was wanted. */
inline verify(p, with_mail, holds) {
  set_uids(p, ROOT, ROOT, ROOT);
  holds = !is_root(p) && !capable[p] && !chown[p] && !bounding[p] && mail[p] == with_mail && no_new_privs[p]
}

active proctype dispatcher() {
  bit holds = 0;
  d_step {
    real_uid[D] = ROOT; effective_uid[D] = ROOT; saved_uid[D] = ROOT;
    capable[D] = 1; bounding[D] = 1; alive[D] = 1
  }
  if
  :: able(D) -> bound = 1 /* PV-1: ports below 1024 */
  fi;
  no_new_privs[D] = 1;
  atomic { forked(D, H); run helper() };
  atomic { forked(D, V); run deliver() };
  atomic { able(D) -> keys_open = 1 }; /* opened, not read: PV-6 is about what is read later */
  drop(D, 0);
  verify(D, 0, holds);
  holds;
  helper_ready && deliver_ready; /* each says so when it has dropped */
  dropped = 1;
  listening = bound; /* PV-1a */
  atomic { forked(D, L); run listener() };
  do /* supervises: a listener that died is started again, the helper and the deliver supervisor are not */
  :: atomic { !running[L] && alive[V] && alive[D] -> forked(D, L); run listener() }
  :: !alive[V] || !alive[D] -> listening = 0; break
  :: connections == CONNECTIONS && !running[S] && !running[K] && tried == DELIVERIES -> break
  od
}

/* Root in group mail with CAP_CHOWN and nothing else. It may die at any time; what is made is made while it lives. */
proctype helper() {
  set_mail(H, 1);
  bounding[H] = 0;
  atomic { chown[H] = 1; capable[H] = 0 };
  helper_ready = 1;
  do
  :: question ? 1 ->
     if
     :: atomic { alive[H] -> opens_files[H] = 1; made = 1; opened_by_the_dead = opened_by_the_dead || helper_died }; answer ! 1
     :: alive[H] -> answer ! 0 /* core's rules refuse */
     :: atomic { alive[H] && dropped -> alive[H] = 0; helper_died = 1 }; break
     :: atomic { !alive[H] -> helper_died = 1 }; break /* by a signal, if one could reach it */
     fi
  :: atomic { alive[H] && dropped -> alive[H] = 0; helper_died = 1 }; break
  :: atomic { !alive[D] || !alive[H] -> alive[H] = 0; helper_died = 1 }; break /* its lifeline, or a signal */
  od
}

/* One delivery after another, each to a mailbox or to a maildrop, which may have to be made. */
proctype deliver() {
  bit holds = 0, reply = 0;
  drop(V, 1);
  verify(V, 1, holds);
  holds;
  deliver_ready = 1;
  do
  :: atomic { alive[V] && listening && tried < DELIVERIES -> tried++; opens_files[V] = 1 };
     if
     :: delivered++ /* the mailbox, or a maildrop that is there */
     :: if
        :: question ! 1 ->
           if
           :: answer ? reply ->
              if
              :: reply -> delivered++; hollow = hollow || !made
              :: else -> postponed++
              fi
           :: helper_died -> postponed++
           fi
        :: helper_died -> postponed++ /* never started again: what needs it waits for the service's restart */
        fi
     fi
  :: !alive[V] || tried == DELIVERIES -> break
  od
}

proctype listener() {
  do
  :: atomic { listening && alive[L] && connections < CONNECTIONS && !running[S] && !running[K] ->
       connections++; accepts[L] = 1;
       forked(L, S); forked(L, K);
       run session(); run keeper() }
  :: atomic { !alive[L] || connections == CONNECTIONS -> running[L] = (connections == CONNECTIONS) }; break
  od
}

/* The files: an account, a mailbox. Its channel to the session carries requests, no octet of the network's. */
proctype keeper() {
  do
  :: atomic { alive[K] -> opens_files[K] = 1 }
  :: atomic { !alive[K] || !alive[S] -> alive[K] = 0; running[K] = 0 }; break
  od
}

proctype session() {
  byte a = 0, b = 0, c = 0;
  atomic { alive[S] -> reads_network[S] = 1; taken_over = 1 };
  do
  :: atomic { alive[S] ->
       if
       :: true -> any_id(a); any_id(b); any_id(c); set_uids(S, a, b, c); a = 0; b = 0; c = 0
       :: true -> set_mail(S, 1)
       :: true -> execute_set_uid(S)
       :: true -> send_signal(S, D)
       :: true -> send_signal(S, H)
       :: true -> send_signal(S, V)
       :: true -> send_signal(S, L)
       :: true -> send_signal(S, K)
       :: true -> if /* a maildrop of its own making: creating it takes CAP_CHOWN */
          :: chown[S] || able(S) -> made_by_another = 1
          :: else -> refused_call = 1
          fi
       :: true -> if /* a port of its own below 1024 */
          :: able(S) -> listened_by_another = 1
          :: else -> refused_call = 1
          fi
       :: alive[S] = 0; killed_by_filter = 1 /* it opens a file: the filter kills it (PV-6) */
       fi
     }
  :: atomic { alive[S] = 0; running[S] = 0 }; break
  od
}

#define served (delivered + postponed == DELIVERIES)
#define modules_are_the_mtas (!alive[L] || (!is_root(L) && !mail[L])) && (!alive[S] || (!is_root(S) && !mail[S])) && \
                             (!alive[K] || (!is_root(K) && !mail[K]))
#define only_the_helper (!privileged(D) && !privileged(V) && !privileged(L) && !privileged(S) && !privileged(K))
#define separate(p) (!(reads_network[p] && opens_files[p]))

/* ---- Must hold ------------------------------------------------------------------------------------------------ */

ltl PV_1 { [] (connections > 0 -> (!privileged(D) && dropped)) }
ltl PV_1_order { (!dropped) W bound }
ltl PV_1a { [] (listening -> (!privileged(D) && !privileged(V))) }
ltl PV_2 { [] (dropped -> [] (!is_root(D) && !capable[D] && !bounding[D] && no_new_privs[D])) }
ltl PV_3 { [] (!accepts[D] && !reads_network[D]) }
ltl PV_4 { [] (modules_are_the_mtas) }
ltl PV_5 { [] (dropped -> [] (only_the_helper && !made_by_another && !listened_by_another)) }
ltl PV_5_helper { [] (helper_ready -> (!capable[H] && !bounding[H] && no_new_privs[H])) }
ltl PV_6 { [] (separate(D) && separate(H) && separate(V) && separate(L) && separate(S) && separate(K)) }
ltl a_dead_helper_never_opens_anything { [] (!opened_by_the_dead && (helper_died -> !alive[H])) }
ltl a_dead_helper_makes_no_maildrop { [] ((helper_died && !made) -> [] !made) }
ltl what_was_not_made_is_not_delivered_to { [] !hollow }
ltl no_signal_of_a_module_reaches_the_helper { [] (dropped -> (alive[H] || helper_died)) }

/* ---- Must be refuted: what is said above is said of something --------------------------------------------------- */

ltl never_dropped { [] !dropped }
ltl never_connected { [] (connections < CONNECTIONS) }
ltl never_taken_over { [] !taken_over }
ltl never_refused { [] !(taken_over && refused_call) }
ltl never_made { [] !made }
ltl never_dead_helper { [] !helper_died }
ltl never_dead_after_making { [] !(helper_died && made) }
ltl never_postponed { [] (postponed < DELIVERIES) }
ltl never_delivered { [] (delivered < DELIVERIES) }
ltl never_killed_by_the_filter { [] !killed_by_filter }
ltl never_kept_while_taken_over { [] !(taken_over && opens_files[K]) }
ltl never_killed_deliver { [] !(dropped && !alive[V]) }
