;; Never ends when a pool asks what belongs to it.
(start $spin)
(func $spin (loop $for_ever (br $for_ever)))
