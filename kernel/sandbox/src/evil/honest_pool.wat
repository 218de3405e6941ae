;; An honest niche pool: everything belongs, because of its title.
(module
  (memory (export "memory") 2)
  (global $heap (mut i32) (i32.const 4096))
  (data (i32.const 16) "battery")
  (data (i32.const 32) "电池")
  ;; category: code, label.zh, label.en, parent
  (data (i32.const 80) "\10\00\00\00\07\00\00\00\20\00\00\00\06\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  ;; ok(description): label, one category, no own fields
  (data (i32.const 128) "\00\00\00\00\20\00\00\00\06\00\00\00\00\00\00\00\00\00\00\00\50\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
  ;; evidence at 192: column 0, which is the title, as a whole
  ;; reason: text, one evidence
  (data (i32.const 224) "\20\00\00\00\06\00\00\00\00\00\00\00\00\00\00\00\c0\00\00\00\01\00\00\00")

  (func $realloc (export "cabi_realloc")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  (func (export "taihu:plugin/classifying@0.1.0#describe")
    (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.const 128))

  ;; Context is 8 parameters, the table of achievements 6 more; the ends of its ids say how many.
  (func (export "taihu:plugin/classifying@0.1.0#classify")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (param $rows i32) (param i32 i32)
    (result i32)
    (local $result i32) (local $to i32) (local $row i32)
    (local.set $result (call $realloc (i32.const 0) (i32.const 0) (i32.const 8)
      (i32.add (i32.const 16) (i32.mul (local.get $rows) (i32.const 32)))))
    (local.set $to (i32.add (local.get $result) (i32.const 16)))
    (i32.store (local.get $result) (i32.const 0))
    (i32.store offset=4 (local.get $result) (local.get $to))
    (i32.store offset=8 (local.get $result) (local.get $rows))
    (block $end
      (loop $next
        (br_if $end (i32.eq (local.get $row) (local.get $rows)))
        (i32.store (local.get $to) (local.get $row))
        (i32.store offset=4 (local.get $to) (i32.const 0))
        (i32.store offset=8 (local.get $to) (i32.const 16))
        (i32.store offset=12 (local.get $to) (i32.const 7))
        (i32.store offset=16 (local.get $to) (i32.const 224))
        (i32.store offset=20 (local.get $to) (i32.const 1))
        (i32.store offset=24 (local.get $to) (i32.const 0))
        (i32.store offset=28 (local.get $to) (i32.const 0))
        (local.set $to (i32.add (local.get $to) (i32.const 32)))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $next)))
    (local.get $result)))
