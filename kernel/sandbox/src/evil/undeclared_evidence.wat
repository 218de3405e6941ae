;; Names a field that it never declared to read: no such column was sent.
(func $score (param $args i32) (result i32)
  (call $honest_lists (local.get $args))
  (i32.store (global.get $evidence) (i32.const 9))
  (call $ok_all (local.get $args)))
