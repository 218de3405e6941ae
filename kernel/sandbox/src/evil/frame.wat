;; What every scorer here has in common: memory, the canonical ABI's allocator, `describe`, and
;; $honest, a scorer that gives everybody 500 because of the title. A fixture adds $score.
(import "taihu:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))
(memory (export "memory") 2)
(global $heap (mut i32) (i32.const 4096))
(data (i32.const 16) "fit")
(data (i32.const 32) "匹配")
(data (i32.const 48) "achievement")
(data (i32.const 64) "title")
;; factor-description: key, label.zh, label.en
(data (i32.const 80) "\10\00\00\00\03\00\00\00\20\00\00\00\06\00\00\00\00\00\00\00\00\00\00\00")
;; ok(description): one factor
(data (i32.const 112) "\00\00\00\00\50\00\00\00\01\00\00\00")
;; evidence: subject, field, empty quote
(data (i32.const 128) "\30\00\00\00\0b\00\00\00\40\00\00\00\05\00\00\00\00\00\00\00\00\00\00\00")
;; factor: key, weight 1000, value 500, one evidence
(data (i32.const 160) "\10\00\00\00\03\00\00\00\e8\03\f4\01\80\00\00\00\01\00\00\00")

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

;; ok(list): a result at a place of its own
(func $ok (param $list i32) (param $count i32) (result i32)
  (local $result i32)
  (local.set $result (call $alloc (i32.const 12)))
  (i32.store (local.get $result) (i32.const 0))
  (i32.store offset=4 (local.get $result) (local.get $list))
  (i32.store offset=8 (local.get $result) (local.get $count))
  (local.get $result))

;; One honest score for the candidate at $from, written to $to.
(func $honest_one (param $from i32) (param $to i32)
  (i32.store (local.get $to) (i32.load (local.get $from)))
  (i32.store offset=4 (local.get $to) (i32.load offset=4 (local.get $from)))
  (i32.store16 offset=8 (local.get $to) (i32.const 500))
  (i32.store offset=12 (local.get $to) (i32.const 160))
  (i32.store offset=16 (local.get $to) (i32.const 1)))

;; The list of honest scores; candidates lie at 152 of the arguments and are 116 bytes each.
(func $honest_list (param $args i32) (result i32)
  (local $list i32) (local $from i32) (local $to i32) (local $left i32)
  (local.set $left (i32.load offset=156 (local.get $args)))
  (local.set $from (i32.load offset=152 (local.get $args)))
  (local.set $list (call $alloc (i32.mul (local.get $left) (i32.const 20))))
  (local.set $to (local.get $list))
  (block $end
    (loop $next
      (br_if $end (i32.eqz (local.get $left)))
      (call $honest_one (local.get $from) (local.get $to))
      (local.set $from (i32.add (local.get $from) (i32.const 116)))
      (local.set $to (i32.add (local.get $to) (i32.const 20)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $next)))
  (local.get $list))

(func $honest (param $args i32) (result i32)
  (call $ok (call $honest_list (local.get $args)) (i32.load offset=156 (local.get $args))))

(func (export "taihu:plugin/scoring@0.1.0#describe")
  (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
  (i32.const 112))

(export "taihu:plugin/scoring@0.1.0#score" (func $score))
