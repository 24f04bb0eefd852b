// Package hecross is the arithmetic of homomorphic encryption in the form that
// CROSS gives it: residues of 32 bits, Barrett reduction, products of known
// constants as byte matrices, and a number-theoretic transform of three matrix
// steps. It says what is computed; how long that takes, and on which machine,
// is the business of other packages.
//
// A polynomial is a [Poly], residues in [limb][coefficient] order. A [Ring]
// carries the moduli and the roots of a chain of limbs, a [Context] two rings
// and the parameters of key switching. The operators of CKKS are methods of a
// Context and work on ciphertexts in NTT form. A [File] holds the operands of
// one operation in JSON.
//
// Every transform exists three times: as butterflies ([Ring.NTT], what all
// operators use), as three modular matrix products ([Ring.NTTMatrix]) and
// through literal bytes ([Ring.NTTBytes]). The residues are the same.
//
// Nothing here runs in constant time, and the parameter sets are shapes for
// performance work: do not encrypt anything of value with them.
//
// Sources: CROSS, arXiv:2501.07047; Barrett, Montgomery and Shoup reduction as
// used there; hybrid key switching, eprint 2019/688.
package hecross
