;; A scorer that tells everything it was given, and all that it can remember of earlier calls: the
;; need's title, its configuration and what it kept in memory are quotes of its evidence and labels of
;; its factor. It gives everybody 500.
(module
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 8192))
  (data (i32.const 16) "echo")
  (data (i32.const 32) "achievement")
  (data (i32.const 48) "need")
  (data (i32.const 64) "title")
  ;; What is remembered: its length at 1020, itself from 1024 on; what was, from 2560 on.

  (func $realloc (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (block $fits
      (loop $grow
        (br_if $fits (i32.le_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
        unreachable))
    (local.get $at))

  (func $alloc (param $size i32) (result i32)
    (call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (local.get $size)))

  ;; Moves what is remembered aside, and remembers this instead; hands out the length of what was.
  (func $remember (param $from i32) (param $bytes i32) (result i32)
    (local $was i32)
    (local.set $was (i32.load (i32.const 1020)))
    (memory.copy (i32.const 2560) (i32.const 1024) (local.get $was))
    (if (i32.gt_u (local.get $bytes) (i32.const 1500))
      (then (local.set $bytes (i32.const 1500))))
    (memory.copy (i32.const 1024) (local.get $from) (local.get $bytes))
    (i32.store (i32.const 1020) (local.get $bytes))
    (local.get $was))

  (func (export "taihu:plugin/scoring@0.1.0#describe")
    (param $tenant i32) (param $tenant_bytes i32) (param $config i32) (param $config_bytes i32)
    (param $today i32) (param $today_bytes i32) (param $attributes i32) (param $count i32)
    (result i32)
    (local $factor i32) (local $result i32)
    (local.set $factor (call $alloc (i32.const 24)))
    (i32.store (local.get $factor) (i32.const 16))
    (i32.store offset=4 (local.get $factor) (i32.const 4))
    (i32.store offset=8 (local.get $factor) (local.get $config))
    (i32.store offset=12 (local.get $factor) (local.get $config_bytes))
    (i32.store offset=16 (local.get $factor) (i32.const 2560))
    (i32.store offset=20 (local.get $factor)
      (call $remember (local.get $config) (local.get $config_bytes)))
    (local.set $result (call $alloc (i32.const 12)))
    (i32.store offset=4 (local.get $result) (local.get $factor))
    (i32.store offset=8 (local.get $result) (i32.const 1))
    (local.get $result))

  (func $evidence
    (param $to i32) (param $subject i32) (param $subject_bytes i32)
    (param $quote i32) (param $bytes i32)
    (i32.store (local.get $to) (local.get $subject))
    (i32.store offset=4 (local.get $to) (local.get $subject_bytes))
    (i32.store offset=8 (local.get $to) (i32.const 64))
    (i32.store offset=12 (local.get $to) (i32.const 5))
    (i32.store offset=16 (local.get $to) (local.get $quote))
    (i32.store offset=20 (local.get $to) (local.get $bytes)))

  ;; The configuration lies at 8 of the arguments, the need's title at 40, the candidates at 152.
  (func (export "taihu:plugin/scoring@0.1.0#score") (param $args i32) (result i32)
    (local $evidence i32) (local $factor i32) (local $list i32) (local $from i32) (local $to i32)
    (local $left i32) (local $result i32)
    (local.set $evidence (call $alloc (i32.const 72)))
    (call $evidence (local.get $evidence) (i32.const 48) (i32.const 4)
      (i32.load offset=40 (local.get $args)) (i32.load offset=44 (local.get $args)))
    (call $evidence (i32.add (local.get $evidence) (i32.const 24)) (i32.const 32) (i32.const 11)
      (i32.load offset=8 (local.get $args)) (i32.load offset=12 (local.get $args)))
    (call $evidence (i32.add (local.get $evidence) (i32.const 48)) (i32.const 32) (i32.const 11)
      (i32.const 2560)
      (call $remember
        (i32.load offset=40 (local.get $args)) (i32.load offset=44 (local.get $args))))
    (local.set $factor (call $alloc (i32.const 20)))
    (i32.store (local.get $factor) (i32.const 16))
    (i32.store offset=4 (local.get $factor) (i32.const 4))
    (i32.store16 offset=8 (local.get $factor) (i32.const 1000))
    (i32.store16 offset=10 (local.get $factor) (i32.const 500))
    (i32.store offset=12 (local.get $factor) (local.get $evidence))
    (i32.store offset=16 (local.get $factor) (i32.const 3))
    (local.set $left (i32.load offset=156 (local.get $args)))
    (local.set $from (i32.load offset=152 (local.get $args)))
    (local.set $list (call $alloc (i32.mul (local.get $left) (i32.const 20))))
    (local.set $to (local.get $list))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $left)))
        (i32.store (local.get $to) (i32.load (local.get $from)))
        (i32.store offset=4 (local.get $to) (i32.load offset=4 (local.get $from)))
        (i32.store16 offset=8 (local.get $to) (i32.const 500))
        (i32.store offset=12 (local.get $to) (local.get $factor))
        (i32.store offset=16 (local.get $to) (i32.const 1))
        (local.set $from (i32.add (local.get $from) (i32.const 116)))
        (local.set $to (i32.add (local.get $to) (i32.const 20)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (local.set $result (call $alloc (i32.const 12)))
    (i32.store offset=4 (local.get $result) (local.get $list))
    (i32.store offset=8 (local.get $result) (i32.load offset=156 (local.get $args)))
    (local.get $result)))
