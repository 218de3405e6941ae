;; An id that is no text.
(data (i32.const 1024) "\ff\fe\fd")
(func $score (param $args i32) (result i32)
  (local $list i32)
  (local.set $list (call $honest_list (local.get $args)))
  (i32.store (local.get $list) (i32.const 1024))
  (i32.store offset=4 (local.get $list) (i32.const 3))
  (call $ok (local.get $list) (i32.load offset=156 (local.get $args))))
