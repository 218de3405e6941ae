;; What every scorer here has in common: memory, the canonical ABI's allocator, `describe`, and
;; $honest, a scorer that gives everybody 500 because of the title. A fixture adds $score.
(import "taihu:plugin/log@0.1.0" "write" (func $log (param i32 i32 i32)))
(memory (export "memory") 2)
(global $heap (mut i32) (i32.const 4096))
(data (i32.const 16) "fit")
(data (i32.const 32) "匹配")
;; factor-description: key, label.zh, label.en
(data (i32.const 80) "\10\00\00\00\03\00\00\00\20\00\00\00\06\00\00\00\00\00\00\00\00\00\00\00")
;; ok(description): one factor
(data (i32.const 112) "\00\00\00\00\50\00\00\00\01\00\00\00")
;; Where the three lists of the honest answer lie, once it is made.
(global $scores (mut i32) (i32.const 0))
(global $factors (mut i32) (i32.const 0))
(global $evidence (mut i32) (i32.const 0))

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

;; How many candidates there are: the length of the ends of their ids. Arguments: context at 0, need
;; at 32, candidates at 56, each a table: ids.text, ids.ends, columns.
(func $rows (param $args i32) (result i32)
  (i32.load offset=68 (local.get $args)))

;; ok(scores): a result at a place of its own, of so many scores (3 numbers each), factors (4) and
;; pieces of evidence (3).
(func $ok (param $scores i32) (param $factors i32) (param $evidence i32) (result i32)
  (local $result i32)
  (local.set $result (call $alloc (i32.const 28)))
  (i32.store (local.get $result) (i32.const 0))
  (i32.store offset=4 (local.get $result) (global.get $scores))
  (i32.store offset=8 (local.get $result) (i32.mul (local.get $scores) (i32.const 3)))
  (i32.store offset=12 (local.get $result) (global.get $factors))
  (i32.store offset=16 (local.get $result) (i32.mul (local.get $factors) (i32.const 4)))
  (i32.store offset=20 (local.get $result) (global.get $evidence))
  (i32.store offset=24 (local.get $result) (i32.mul (local.get $evidence) (i32.const 3)))
  (local.get $result))

;; Makes the honest lists: for each candidate a score of three u32 (row, value 500, one factor), a
;; factor of four u16 (key 0, weight 1000, value 500, one piece) and a piece of evidence of three
;; u32 (column 0, which is the title, as a whole).
(func $honest_lists (param $args i32)
  (local $row i32) (local $at i32)
  (global.set $scores (call $alloc (i32.mul (call $rows (local.get $args)) (i32.const 12))))
  (global.set $factors (call $alloc (i32.mul (call $rows (local.get $args)) (i32.const 8))))
  (global.set $evidence (call $alloc (i32.mul (call $rows (local.get $args)) (i32.const 12))))
  (memory.fill (global.get $evidence) (i32.const 0)
    (i32.mul (call $rows (local.get $args)) (i32.const 12)))
  (block $end
    (loop $next
      (br_if $end (i32.eq (local.get $row) (call $rows (local.get $args))))
      (local.set $at (i32.add (global.get $scores) (i32.mul (local.get $row) (i32.const 12))))
      (i32.store (local.get $at) (local.get $row))
      (i32.store offset=4 (local.get $at) (i32.const 500))
      (i32.store offset=8 (local.get $at) (i32.const 1))
      (i64.store (i32.add (global.get $factors) (i32.mul (local.get $row) (i32.const 8)))
        (i64.const 0x0001_01f4_03e8_0000))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br $next))))

;; The result of lists that are as long as they should be.
(func $ok_all (param $args i32) (result i32)
  (call $ok (call $rows (local.get $args)) (call $rows (local.get $args))
    (call $rows (local.get $args))))

(func $honest (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (call $ok_all (local.get $args)))

(func (export "taihu:plugin/scoring@0.1.0#describe")
  (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
  (i32.const 112))

(export "taihu:plugin/scoring@0.1.0#score" (func $score))
