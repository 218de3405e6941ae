;; A scorer that tells everything it was given, and all that it can remember of earlier calls: its
;; configuration and what it kept in memory are the labels of its factor, the need's words and what it
;; kept are the words of its failures. Where it does not fail it gives everybody 500.
(module
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 8192))
  (data (i32.const 16) "echo")
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
    (if (i32.gt_u (local.get $bytes) (i32.const 300))
      (then (local.set $bytes (i32.const 300))))
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

  ;; internal(text): a failure in these words.
  (func $fail (param $words i32) (param $bytes i32) (result i32)
    (local $result i32)
    (local.set $result (call $alloc (i32.const 28)))
    (i32.store (local.get $result) (i32.const 1))
    (i32.store offset=4 (local.get $result) (i32.const 3))
    (i32.store offset=8 (local.get $result) (local.get $words))
    (i32.store offset=12 (local.get $result) (local.get $bytes))
    (i32.store offset=16 (local.get $result) (local.get $words))
    (i32.store offset=20 (local.get $result) (local.get $bytes))
    (local.get $result))

  ;; The need lies at 32 of the arguments, the candidates at 56; each is a table of ids.text, ids.ends
  ;; and columns, a column is a name (8 bytes), the kind of its values (4) and then its text. What is
  ;; remembered is told as a failure, and so is the need where its last byte but one is 2, 3, 6 or 7.
  (func (export "taihu:plugin/scoring@0.1.0#score") (param $args i32) (result i32)
    (local $need i32) (local $bytes i32) (local $was i32) (local $rows i32) (local $row i32)
    (local $scores i32) (local $factors i32) (local $evidence i32) (local $at i32)
    (local.set $at (i32.load offset=48 (local.get $args)))
    (local.set $need (i32.load offset=12 (local.get $at)))
    (local.set $bytes (i32.load offset=16 (local.get $at)))
    (local.set $was (call $remember (local.get $need) (local.get $bytes)))
    (if (local.get $was)
      (then (return (call $fail (i32.const 2560) (local.get $was)))))
    (if (i32.and
          (i32.load8_u (i32.sub
            (i32.add (local.get $need) (local.get $bytes))
            (i32.const 2)))
          (i32.const 2))
      (then (return (call $fail (local.get $need) (local.get $bytes)))))
    (local.set $rows (i32.load offset=68 (local.get $args)))
    (local.set $scores (call $alloc (i32.mul (local.get $rows) (i32.const 12))))
    (local.set $factors (call $alloc (i32.mul (local.get $rows) (i32.const 8))))
    (local.set $evidence (call $alloc (i32.mul (local.get $rows) (i32.const 12))))
    (block $end
      (loop $next
        (br_if $end (i32.eq (local.get $row) (local.get $rows)))
        (local.set $at (i32.add (local.get $scores) (i32.mul (local.get $row) (i32.const 12))))
        (i32.store (local.get $at) (local.get $row))
        (i32.store offset=4 (local.get $at) (i32.const 500))
        (i32.store offset=8 (local.get $at) (i32.const 1))
        (i64.store (i32.add (local.get $factors) (i32.mul (local.get $row) (i32.const 8)))
          (i64.const 0x0001_01f4_03e8_0000))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $next)))
    (local.set $at (call $alloc (i32.const 28)))
    (i32.store offset=4 (local.get $at) (local.get $scores))
    (i32.store offset=8 (local.get $at) (i32.mul (local.get $rows) (i32.const 3)))
    (i32.store offset=12 (local.get $at) (local.get $factors))
    (i32.store offset=16 (local.get $at) (i32.mul (local.get $rows) (i32.const 4)))
    (i32.store offset=20 (local.get $at) (local.get $evidence))
    (i32.store offset=24 (local.get $at) (i32.mul (local.get $rows) (i32.const 3)))
    (local.get $at)))
