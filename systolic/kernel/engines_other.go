//go:build !amd64

package kernel

func vnni() *engine { return nil }

func avx2() *engine { return nil }
