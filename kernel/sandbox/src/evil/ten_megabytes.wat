;; An id of 10 MB.
(func $score (param $args i32) (result i32)
  (local $list i32)
  (drop (memory.grow (i32.const 200)))
  (memory.fill (i32.const 131072) (i32.const 97) (i32.const 10485760))
  (local.set $list (call $honest_list (local.get $args)))
  (i32.store (local.get $list) (i32.const 131072))
  (i32.store offset=4 (local.get $list) (i32.const 10485760))
  (call $ok (local.get $list) (i32.load offset=156 (local.get $args))))
