;; Gives the first candidate's score twice.
(func $score (param $args i32) (result i32)
  (local $list i32)
  (local.set $list (call $honest_list (local.get $args)))
  (memory.copy (i32.add (local.get $list) (i32.const 20)) (local.get $list) (i32.const 20))
  (call $ok (local.get $list) (i32.load offset=156 (local.get $args))))
