package hecross

import (
	"fmt"
	"math/bits"
)

// IsPrime reports whether n is prime, for every uint32. It is the test of
// Miller and Rabin with the bases 2, 7 and 61, which errs for no number below
// 4,759,123,141 (Jaeschke 1993).
func IsPrime(n uint32) bool {
	if n < 2 {
		return false
	}
	for _, p := range []uint32{2, 3, 5, 7, 61} {
		if n%p == 0 {
			return n == p
		}
	}
	shift := bits.TrailingZeros32(n - 1)
	for _, base := range []uint64{2, 7, 61} {
		if !strongProbablePrime(uint64(n), base, shift) {
			return false
		}
	}
	return true
}

// strongProbablePrime runs one round for an odd n with n-1 = odd << shift.
func strongProbablePrime(n, base uint64, shift int) bool {
	x, e := uint64(1), (n-1)>>shift
	for b := base % n; e > 0; e >>= 1 {
		if e&1 == 1 {
			x = x * b % n
		}
		b = b * b % n
	}
	if x == 1 || x == n-1 {
		return true
	}
	for range shift - 1 {
		x = x * x % n
		if x == n-1 {
			return true
		}
	}
	return false
}

// Primes returns count primes q = 1 mod 2n of exactly the given width, the
// largest first. n is a power of two of at least 1, bits 3 to 31. It reports
// an error when there are not that many.
func Primes(n, width, count int) ([]uint32, error) {
	if err := checkPowerOfTwo("N", n, MaxN); err != nil {
		return nil, err
	}
	if width < 3 || width > MaxModulusBits {
		return nil, fmt.Errorf("hecross: width is %d bits, want 3 to %d", width, MaxModulusBits)
	}
	if count < 0 {
		return nil, fmt.Errorf("hecross: count is %d, want 0 or more", count)
	}
	step := int64(2 * n)
	found := []uint32{}
	last := (int64(1)<<width - 2) / step * step
	for q := last + 1; q > int64(1)<<(width-1) && len(found) < count; q -= step {
		if IsPrime(uint32(q)) {
			found = append(found, uint32(q))
		}
	}
	if len(found) < count {
		return nil, fmt.Errorf("hecross: %d primes of %d bits are 1 mod %d, want %d", len(found), width, step, count)
	}
	return found, nil
}
