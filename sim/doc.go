// Package sim is the discrete-event kernel: it says in which cycle each unit
// of work starts and finishes, what limits it, and never what it computes.
// It runs on the Akita serial engine, is the only package that imports Akita
// and the only one in which time is a float64; everybody else counts cycles.
//
// A machine is a [System] of components: an [Issuer] sends each [Op] of a
// program to its [Unit]; units wait for a [Semaphore], keep a [Scoreboard]
// honest and move bytes through the ports of a [Memory]. Other behaviour is a
// [Component] of the user's own. Functional payloads of ops are optional and
// cannot change the timing.
//
// # Cycle rules
//
// An op that starts in cycle c with latency l finishes in cycle c+l: its
// result can be used in cycle c+l, by an op that starts in that very cycle.
// There is no hop between components: what costs a cycle is a register, and
// every register is a parameter (latency, queue depth, pipe and flow, issuer
// latency). [Report.Cycles] is the cycle of the last event, so a run of one op
// of latency l takes l cycles.
//
// Only components that have something to do act. In a cycle they act in five
// phases, and within a phase in the order of their names (digits compare as
// numbers), never in the order in which they were built or in which events
// leave the engine:
//
//	Deliver  memories move the beats of this cycle
//	Retire   ops finish, semaphores are signalled, registers are released
//	Start    units start the ops in their queues
//	Issue    issuers put ops into queues
//	Accept   memory ports accept requests
//
// A component woken in one phase acts from the next phase of the same cycle
// on. Two units that compete for one semaphore, two issuers that compete for
// one queue slot and two requests that reach one port in one cycle are served
// in the order of names; shared memory bandwidth has its own [Arbiter].
package sim
