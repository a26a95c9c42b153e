// Stands in for Cloudflare's certmgr, which no registry of packages has: `certmgr -f CONFIG [check]` keeps the
// certificates that its specs list, as far as NixOS's easyCerts ask for it. It gets each from cfssl, writes certificate
// and key, and runs the spec's action. Unlike the real one it does not renew without need at every interval.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/cloudflare/cfssl/api/client"
	"github.com/cloudflare/cfssl/auth"
	"github.com/cloudflare/cfssl/csr"
	"github.com/cloudflare/cfssl/signer"
)

// NixOS writes certmgr's YAML as JSON.
type config struct {
	Dir      string `json:"dir"`
	Before   string `json:"before"`
	Interval string `json:"interval"`
}

type file struct {
	Path  string `json:"path"`
	Owner string `json:"owner"`
	Group string `json:"group"`
	Mode  string `json:"mode"`
}

type spec struct {
	Action    string `json:"action"`
	Authority struct {
		Remote      string `json:"remote"`
		RootCA      string `json:"root_ca"`
		Profile     string `json:"profile"`
		AuthKeyFile string `json:"auth_key_file"`
	} `json:"authority"`
	Certificate file                   `json:"certificate"`
	PrivateKey  file                   `json:"private_key"`
	Request     csr.CertificateRequest `json:"request"`
}

func main() {
	log.SetFlags(0)
	configFile := flag.String("f", "/etc/certmgr/certmgr.yaml", "configuration")
	flag.Parse()
	var cfg config
	must(readJSON(*configFile, &cfg))
	before, err := time.ParseDuration(cfg.Before)
	must(err)
	interval, err := time.ParseDuration(cfg.Interval)
	must(err)
	specs, err := readSpecs(cfg.Dir)
	must(err)
	if flag.Arg(0) == "check" {
		return
	}
	for {
		for _, spec := range specs {
			if err := spec.ensure(before); err != nil {
				log.Fatalf("%s: %v", spec.Certificate.Path, err)
			}
		}
		time.Sleep(interval)
	}
}

func readSpecs(dir string) ([]*spec, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	specs := make([]*spec, len(names))
	for i, name := range names {
		specs[i] = new(spec)
		if err := readJSON(name, specs[i]); err != nil {
			return nil, err
		}
	}
	return specs, nil
}

// ensure makes the certificate where it is missing, of another authority or near its end.
func (s *spec) ensure(before time.Duration) error {
	roots, err := os.ReadFile(s.Authority.RootCA)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(roots)
	if s.holds(pool, before) {
		return nil
	}
	certificate, key, err := s.sign(pool)
	if err != nil {
		return err
	}
	if err := s.PrivateKey.write(key, 0o600); err != nil {
		return err
	}
	if err := s.Certificate.write(certificate, 0o644); err != nil {
		return err
	}
	log.Printf("%s: new certificate", s.Certificate.Path)
	if s.Action != "" {
		if output, err := exec.Command("bash", "-c", s.Action).CombinedOutput(); err != nil {
			log.Printf("%s: %q: %v: %s", s.Certificate.Path, s.Action, err, output)
		}
	}
	return nil
}

func (s *spec) holds(roots *x509.CertPool, before time.Duration) bool {
	if _, err := tls.LoadX509KeyPair(s.Certificate.Path, s.PrivateKey.Path); err != nil {
		return false
	}
	content, _ := os.ReadFile(s.Certificate.Path)
	block, _ := pem.Decode(content)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return false
	}
	_, err = certificate.Verify(x509.VerifyOptions{
		Roots:       roots,
		CurrentTime: time.Now().Add(before),
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}

func (s *spec) sign(roots *x509.CertPool) (certificate, key []byte, err error) {
	request, key, err := csr.ParseRequest(&s.Request)
	if err != nil {
		return nil, nil, err
	}
	provider, err := auth.New("file:"+s.Authority.AuthKeyFile, nil)
	if err != nil {
		return nil, nil, err
	}
	remote := client.NewAuthServer(s.Authority.Remote, &tls.Config{RootCAs: roots}, provider)
	remote.SetRequestTimeout(10 * time.Second)
	body, err := json.Marshal(signer.SignRequest{
		Request: string(request),
		Hosts:   s.Request.Hosts,
		Profile: s.Authority.Profile,
	})
	if err != nil {
		return nil, nil, err
	}
	certificate, err = remote.Sign(body)
	return certificate, key, err
}

// write replaces the file as a whole; `mode` where the spec names none.
func (f file) write(content []byte, mode os.FileMode) error {
	if f.Mode != "" {
		parsed, err := strconv.ParseUint(f.Mode, 8, 32)
		if err != nil {
			return err
		}
		mode = os.FileMode(parsed)
	}
	if old, err := os.ReadFile(f.Path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	draft := f.Path + ".new"
	if err := os.WriteFile(draft, content, mode); err != nil {
		return err
	}
	if err := os.Chmod(draft, mode); err != nil {
		return err
	}
	if f.Owner != "" {
		if err := chown(draft, f.Owner, f.Group); err != nil {
			return err
		}
	}
	return os.Rename(draft, f.Path)
}

func chown(path, owner, group string) error {
	u, err := user.Lookup(owner)
	if err != nil {
		return err
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(g.Gid)
	return os.Chown(path, uid, gid)
}

func readJSON(name string, into any) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
