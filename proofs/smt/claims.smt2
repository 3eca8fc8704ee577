; SPDX-License-Identifier: BSD-2-Clause
;
; claims.smt2: what the functions of scalars.cc answer, in the order and the words of SPEC, on numbers of fixed width. Read
; by check. Addresses are whole numbers here, not octets: a prefix is a shift, a mapped address a comparison. A function
; NAME_for says for which arguments NAME is claimed; where there is none it is for all.

; ---- Octets of names (AD-G6) ----------------------------------------------------------------------------------------

(define-fun between ((low (_ BitVec 8)) (octet (_ BitVec 8)) (high (_ BitVec 8))) Bool
  (and (bvule low octet) (bvule octet high)))

(define-fun is_digit ((octet (_ BitVec 8))) Bool (between #x30 octet #x39))

(define-fun fold ((octet (_ BitVec 8))) (_ BitVec 8) (ite (between #x41 octet #x5a) (bvor octet #x20) octet))

; Equal, or a letter in two cases: they differ in that one bit.
(define-fun is_same_letter ((a (_ BitVec 8)) (b (_ BitVec 8))) Bool
  (or (= a b) (and (= (bvxor a b) #x20) (between #x61 (bvor a #x20) #x7a))))

(define-fun is_name_octet ((octet (_ BitVec 8))) Bool
  (or (between #x41 octet #x5a) (between #x61 octet #x7a) (is_digit octet) (= octet #x2d) (= octet #x5f)))

; No label is empty, none begins or ends with a hyphen.
(define-fun may_follow ((before (_ BitVec 8)) (octet (_ BitVec 8))) Bool
  (and (or (= octet #x2e) (is_name_octet octet))
       (not (and (= before #x2e) (= octet #x2e)))
       (not (and (= before #x2d) (= octet #x2e)))
       (not (and (= before #x2e) (= octet #x2d)))))

(define-fun hex_value ((octet (_ BitVec 8))) (_ BitVec 32)
  (ite (is_digit octet) ((_ zero_extend 24) (bvsub octet #x30))
  (ite (between #x41 octet #x46) ((_ zero_extend 24) (bvsub octet #x37))
  (ite (between #x61 octet #x66) ((_ zero_extend 24) (bvsub octet #x57))
       #xffffffff))))

; ---- Addresses ------------------------------------------------------------------------------------------------------

; AD-G5: a 0 in a pattern is a wildcard.
(define-fun octet_matches ((pattern (_ BitVec 8)) (octet (_ BitVec 8))) Bool
  (or (= pattern #x00) (= pattern octet)))

(define-fun pattern_matches ((pattern (_ BitVec 32)) (address (_ BitVec 32))) Bool
  (and (octet_matches ((_ extract 31 24) pattern) ((_ extract 31 24) address))
       (octet_matches ((_ extract 23 16) pattern) ((_ extract 23 16) address))
       (octet_matches ((_ extract 15 8) pattern) ((_ extract 15 8) address))
       (octet_matches ((_ extract 7 0) pattern) ((_ extract 7 0) address))))

; AD-G9: the bits behind the first `length` ones; all for 0, none for 128.
(define-fun host_part ((length (_ BitVec 8))) (_ BitVec 128)
  (bvlshr (bvnot (_ bv0 128)) ((_ zero_extend 120) length)))

(define-fun prefix_mask_for ((length (_ BitVec 8)) (index (_ BitVec 64))) Bool
  (and (bvule length #x80) (bvule index (_ bv15 64))))
(define-fun prefix_mask ((length (_ BitVec 8)) (index (_ BitVec 64))) (_ BitVec 8)
  ((_ extract 127 120) (bvshl (bvnot (host_part length)) ((_ zero_extend 64) (bvmul (_ bv8 64) index)))))

(define-fun prefix_matches_for ((prefix (_ BitVec 128)) (length (_ BitVec 8)) (address (_ BitVec 128))) Bool
  (bvule length #x80))
(define-fun prefix_matches ((prefix (_ BitVec 128)) (length (_ BitVec 8)) (address (_ BitVec 128))) Bool
  (= (_ bv0 128) (bvlshr (bvxor prefix address) (bvsub (_ bv128 128) ((_ zero_extend 120) length)))))

(define-fun has_host_bits_for ((address (_ BitVec 128)) (length (_ BitVec 8))) Bool (bvule length #x80))
(define-fun has_host_bits ((address (_ BitVec 128)) (length (_ BitVec 8))) Bool
  (not (= (_ bv0 128) (bvand address (host_part length)))))

; AD-C1: within ::ffff:0:0/96.
(define-fun is_ipv4_mapped ((address (_ BitVec 128))) Bool
  (= ((_ extract 127 32) address) #x00000000000000000000ffff))

; ---- An entry and a client (AD-3, AD-C1, AD-C2): the kernel's Kind 3 is a pattern, 4 a prefix -----------------------

(define-fun admits_ipv4_for
  ((kind (_ BitVec 8)) (entry (_ BitVec 128)) (length (_ BitVec 8)) (address (_ BitVec 32))) Bool
  (and (bvule kind #x05) (bvule length #x80)))
(define-fun admits_ipv4
  ((kind (_ BitVec 8)) (entry (_ BitVec 128)) (length (_ BitVec 8)) (address (_ BitVec 32))) Bool
  (and (= kind #x03) (pattern_matches ((_ extract 127 96) entry) address)))

(define-fun admits_ipv6_for
  ((kind (_ BitVec 8)) (entry (_ BitVec 128)) (length (_ BitVec 8)) (address (_ BitVec 128))) Bool
  (and (bvule kind #x05) (bvule length #x80)))
(define-fun admits_ipv6
  ((kind (_ BitVec 8)) (entry (_ BitVec 128)) (length (_ BitVec 8)) (address (_ BitVec 128))) Bool
  (ite (is_ipv4_mapped address)
       (admits_ipv4 kind entry length ((_ extract 31 0) address))
       (and (= kind #x04) (prefix_matches entry length address))))
