/** What `--help` prints. */
export const USAGE = `Usage: npm start -- [options]

Serves the app and is the meeting point (relay) for the browsers that use it.

  --port PORT           port of the app and the WebSocket (8080)
  --host ADDRESS        address to listen on (127.0.0.1; 0.0.0.0 with --public-url)
  --public-url URL      where others reach this port, such as https://code.example.org
                        (behind a TLS proxy or tunnel, or with --tls-cert and --tls-key)
  --tls-cert FILE       certificate chain (PEM); the port then speaks TLS itself
  --tls-key FILE        its private key (PEM)
  --trust-proxy RANGE   believe X-Forwarded-For from this address or range (repeatable)
  --listen [ADDR:PORT]  listen for other relays too (0.0.0.0:9000; on with --public-url)
  --bootstrap MULTIADDR another relay, with /p2p/<PeerId> at the end (repeatable)
  --ice-server URL      STUN or TURN server for the browsers, such as stun:example.org:3478 or
                        turn:user:password@example.org:3478 (repeatable; none on localhost)
  --git-proxy           fetch repositories from git servers for pages that are opened elsewhere
                        too; for those on this computer it is on
  --git-proxy-hosts H,H the servers (github.com,gitlab.com,codeberg.org; none: nothing is fetched)
  --git-proxy-max MIB   largest answer that is passed on (2048)
  --share PATH          serve this git repository too and follow it (repeatable)
  --data DIR            where keys and shared repositories are kept ($GUTS_DATA, else
                        ~/.local/share/guts)
  --help                this text
`
