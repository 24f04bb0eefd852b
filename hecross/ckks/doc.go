// Package ckks is the client of a device that computes on ciphertexts: it
// holds the secret key, encodes, encrypts, decrypts, makes evaluation keys and
// converts between the types of Lattigo and those of package hecross. The
// device itself is whatever implements [Device]: the golden arithmetic of a
// [hecross.Context], or a simulated machine.
//
// A [Client] is built from a [hecross.ParameterSet] and works on Lattigo's own
// ciphertexts and plaintexts. An [Evaluator] joins a client and a device and
// keeps track of scales, levels and keys. [Client.LattigoMult] and
// [Client.LattigoRotate] do on Lattigo's evaluator what the device does, so
// that the error of one can be printed beside that of the other.
//
// All randomness comes from [Options].Seed, and everything can be repeated bit
// for bit. That is what a measurement needs and what a user with something to
// hide must not have: the parameter sets are not vetted for security either.
//
// Sources: Lattigo v6.1.1; CKKS, eprint 2016/421; hybrid key switching, eprint
// 2019/688.
package ckks
