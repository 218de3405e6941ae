;; Quotes from the last byte that a number can name.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store offset=4 (global.get $evidence) (i32.const -1))
  (i32.store offset=8 (global.get $evidence) (i32.const -1))
  (call $ok_all (local.get $args)))
