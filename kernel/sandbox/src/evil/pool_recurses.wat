;; Recurses when it is asked what belongs to it.
(start $down)
(func $down (call $down) (call $down))
