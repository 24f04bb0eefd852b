package slurm_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/tool"
)

// A cluster is a Slurm of one node that listens on the loopback interface alone
// and has all its files in one folder.
type cluster struct {
	dir string
	env map[string]string // of commands and jobs
}

// configuration of Slurm. The node claims 8 processors, so that tasks run at the
// same time on any machine. Formatted with folder, host, user and two ports.
const configuration = `ClusterName=lockstep
SlurmctldHost=%[2]s(127.0.0.1)
SlurmctldPort=%[4]d
SlurmdPort=%[5]d
SlurmUser=%[3]s
SlurmdUser=%[3]s
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket=%[1]s/munge.sock
CredType=cred/munge
StateSaveLocation=%[1]s/state
SlurmdSpoolDir=%[1]s/spool
SlurmctldPidFile=%[1]s/slurmctld.pid
SlurmdPidFile=%[1]s/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
NodeName=%[2]s NodeAddr=127.0.0.1 CPUs=8 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`

// startCluster starts Slurm and stops it when the test ends. A missing program
// skips the test, or fails it where tools are required.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo"} {
		if _, err := exec.LookPath(daemon(name)); err != nil {
			text := fmt.Sprintf("%s is not installed; install it with: apt-get install slurm-wlm", name)
			if tool.Required() {
				t.Fatal(text)
			}
			t.Skip(text)
		}
	}
	// Every folder above the socket of munged must be open to all.
	dir, err := os.MkdirTemp("", "lockstep-slurm-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	c := &cluster{dir: dir}
	c.env = map[string]string{"SLURM_CONF": filepath.Join(c.dir, "slurm.conf")}
	for _, name := range []string{"state", "spool"} {
		require.NoError(t, os.Mkdir(filepath.Join(c.dir, name), 0o755))
	}
	host, err := os.Hostname()
	require.NoError(t, err)
	host, _, _ = strings.Cut(host, ".")
	who, err := user.Current()
	require.NoError(t, err)
	text := fmt.Sprintf(configuration, c.dir, host, who.Username, freePort(t), freePort(t))
	require.NoError(t, os.WriteFile(c.env["SLURM_CONF"], []byte(text), 0o644))
	key := make([]byte, 128)
	_, err = rand.Read(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "key"), key, 0o400))

	// Cleanups run last first: the daemons stop before the folder goes.
	socket := filepath.Join(c.dir, "munge.sock")
	c.start(t, "munged", "--foreground", "--socket="+socket, "--key-file="+filepath.Join(c.dir, "key"),
		"--pid-file="+filepath.Join(c.dir, "munged.pid"), "--seed-file="+filepath.Join(c.dir, "seed"))
	c.until(t, 20*time.Second, "munged listens", func() bool { _, err := os.Stat(socket); return err == nil })
	c.start(t, "slurmctld", "-D")
	c.start(t, "slurmd", "-D")
	c.until(t, time.Minute, "the node is idle", func() bool {
		out, err := c.try("sinfo", "--noheader", "--format=%T")
		return err == nil && strings.TrimSpace(out) == "idle"
	})
	return c
}

// daemon is where Debian has programs that are on the path of root alone.
func daemon(name string) string {
	if _, err := exec.LookPath(name); err != nil {
		return filepath.Join("/usr/sbin", name)
	}
	return name
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start starts a daemon in the foreground, with its messages in a file, and
// stops it when the test ends.
func (c *cluster) start(t *testing.T, name string, args ...string) {
	t.Helper()
	log, err := os.Create(filepath.Join(c.dir, name+".log"))
	require.NoError(t, err)
	cmd := exec.Command(daemon(name), args...)
	cmd.Env = c.environment()
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		force := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // that it was told to end is no failure
		force.Stop()
		log.Close()
	})
}

func (c *cluster) environment() []string {
	env := os.Environ()
	for k, v := range c.env {
		env = append(env, k+"="+v)
	}
	return env
}

func (c *cluster) log(name string) string {
	data, err := os.ReadFile(filepath.Join(c.dir, name+".log"))
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// try runs a command of Slurm in the folder of the cluster.
func (c *cluster) try(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Dir = c.environment(), c.dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, &stderr)
	}
	return stdout.String(), nil
}

func (c *cluster) command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := c.try(name, args...)
	require.NoError(t, err)
	return out
}

// submit returns the number of the job.
func (c *cluster) submit(t *testing.T, args ...string) string {
	t.Helper()
	return strings.TrimSpace(c.command(t, "sbatch", append([]string{"--parsable"}, args...)...))
}

// wait returns when no task of the job is in the queue.
func (c *cluster) wait(t *testing.T, job string) {
	t.Helper()
	c.until(t, 3*time.Minute, "job "+job+" ends", func() bool {
		out, err := c.try("squeue", "--noheader", "--jobs="+job, "--states=PENDING,CONFIGURING,RUNNING,COMPLETING,SUSPENDED")
		return err == nil && strings.TrimSpace(out) == ""
	})
}

// until waits for a condition, and fails with all messages of the daemons.
func (c *cluster) until(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !condition(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s\nmunged: %s\nslurmctld: %s\nslurmd: %s\ntasks: %s", limit, what, c.log("munged"), c.log("slurmctld"), c.log("slurmd"), c.logs())
		}
	}
}

// logs returns what all tasks have written.
func (c *cluster) logs() string {
	names, err := filepath.Glob(filepath.Join(c.dir, "sweep-*.log"))
	if err != nil {
		return err.Error()
	}
	var all strings.Builder
	for _, name := range names {
		data, err := os.ReadFile(name)
		fmt.Fprintf(&all, "%s: %v\n%s", filepath.Base(name), err, data)
	}
	return all.String()
}
