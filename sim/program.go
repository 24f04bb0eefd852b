package sim

// A Program gives the ops of an issuer one after another, so that a long
// program need not exist as a whole. Next returns nil at the end; after that
// it is not called again.
type Program interface {
	Next() *Op
}
