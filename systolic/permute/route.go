package permute

import "fmt"

// Rotate returns the permutation that moves lane i to lane i+k modulo lanes. k is
// any number, lanes is 1 or more.
func Rotate(lanes, k int) []int {
	p := make([]int, lanes)
	for i := range p {
		p[i] = ((i-k)%lanes + lanes) % lanes
	}
	return p
}

// Route returns the control bits with which the network gives y[i] =
// x[permutation[i]], ControlBits of them: bit c*Lanes/2+s is that of switch s in
// column c. There is a routing for every permutation of 4, 8, ... or 256 lanes.
//
// The number of operations is proportional to the number of switches.
// Source: D. C. Opferman, N. T. Tsao-Wu, On a Class of Rearrangeable Switching
// Networks, Bell System Technical Journal 50(5), 1971: the looping algorithm.
func Route(permutation []int) ([]int64, error) {
	n := len(permutation)
	if !routable(n) {
		return nil, fmt.Errorf("permute: permutation has %d lanes, want a power of two in [4, 256]", n)
	}
	seen := make([]bool, n)
	for i, from := range permutation {
		switch {
		case from < 0 || from >= n:
			return nil, fmt.Errorf("permute: permutation[%d] is %d, want 0 to %d", i, from, n-1)
		case seen[from]:
			return nil, fmt.Errorf("permute: permutation[%d] is %d, which it has already", i, from)
		}
		seen[from] = true
	}
	r := router{half: n / 2, control: make([]int64, ControlBits(n))}
	r.route(permutation, 0, depth(n)-1, 0)
	return r.control, nil
}

// A router sets the switches of a network of 2*half lanes.
type router struct {
	half    int
	control []int64
}

// route sets the switches of a subnetwork that begins with column first, ends
// with column last and has its uppermost switch in both at top. Each of its
// first switches sends one lane to the upper and one to the lower of two networks
// of half its size, and each of its last switches takes one from each.
func (r *router) route(permutation []int, first, last, top int) {
	n := len(permutation)
	if n == 2 {
		r.control[first*r.half+top] = int64(permutation[0])
		return
	}
	to := make([]int, n) // inverse: the output that takes input j
	for i, from := range permutation {
		to[from] = i
	}
	lower := make([]int, n) // by output: 1 if it comes through the lower network
	for i := range lower {
		lower[i] = -1
	}
	for i := range n {
		// The partner of an output uses the other network, and so does the
		// partner of its input: follow both around the loop.
		for at := i; lower[at] < 0; at = to[permutation[at^1]^1] {
			lower[at], lower[at^1] = 0, 1
		}
	}
	var halves [2][]int
	for s := range n / 2 {
		r.control[last*r.half+top+s] = int64(lower[2*s])
		r.control[first*r.half+top+s] = int64(lower[to[2*s]])
		for side := range 2 {
			output := 2*s + (lower[2*s] ^ side)
			halves[side] = append(halves[side], permutation[output]/2)
		}
	}
	r.route(halves[0], first+1, last-1, top)
	r.route(halves[1], first+1, last-1, top+n/4)
}
