;; Quotes what lies behind its record's words: the next record's.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store offset=4 (global.get $evidence) (i32.const 36))
  (i32.store offset=8 (global.get $evidence) (i32.const 60))
  (call $ok_all (local.get $args)))
