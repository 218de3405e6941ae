;; Spins before it is asked anything: while the instance is being made.
(func $spin (loop $for_ever (br $for_ever)))
(start $spin)
(func $score (param $args i32) (result i32)
  (call $honest (local.get $args)))
