#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What others say of the encryption: sslscan and testssl.sh, of POP3's encrypted port, and of STLS and STARTTLS.

usage: peers_test.py BUILD_DIRECTORY POSTERN_SETUP
Sets the daemon up on loopback as live_test.py does. Exit: 0 passed, 1 failed, 77 cannot run here (says why).
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
from live_test import Daemon, expect, run, skip

SUITES = {"TLSv1.3 TLS_AES_256_GCM_SHA384", "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3 TLS_AES_128_GCM_SHA256",
          "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384", "TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305",
          "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256"}

# Of a scratch certificate that nobody knows, and of what is no question of the server's software.
NOT_OURS = re.compile(r"^(cert|chain|trust|DNS_CAA|OCSP|intermediate|scan|service|host_cert|overall_grade|grade|final_score|"
                      r"key_exchange|protocol_support|cipher_strength|optimal_proto|engine|pre_128cipher|"
                      r"cipher_order|.*_certificate)", re.I)


def check_sslscan(port, *how):
    """EN-5: exactly the suites of the plan, of the key's kind."""
    done = run("sslscan", "--no-colour", *how, f"127.0.0.1:{port}")
    text = done.stdout.decode()
    found = set(re.findall(r"(?:Preferred|Accepted)\s+(\S+)\s+\d+ bits\s+(\S+)", text))
    expect({" ".join(one) for one in found} == SUITES, f"sslscan {how}: {text}")
    for line in ("SSLv2     disabled", "SSLv3     disabled", "TLSv1.0   disabled", "TLSv1.1   disabled",
                 "Session renegotiation not supported"):
        expect(line in text, f"sslscan {how}: no '{line}' in {text}")


def check_testssl(port, *how):
    """No finding of severity LOW or worse but of the scratch certificate."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["testssl", "--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", "--jsonfile",
                   scratch + "/out.json", "-p", "-S", "-P", "-s", "-U", *how, f"localhost:{port}"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=400)
        with open(scratch + "/out.json", encoding="utf-8") as file:
            findings = json.load(file)
    expect(len(findings) > 30, f"testssl {how}: {done.stdout} {done.stderr}")
    bad = [one for one in findings
           if one["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL", "FATAL") and not NOT_OURS.match(one["id"])]
    expect(not bad, f"testssl {how}: {json.dumps(bad, indent=1)}")
    return len(findings)


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 64
    for tool in ("sslscan", "testssl"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    with Daemon(*sys.argv[1:], "optional") as daemon:
        check_sslscan(daemon.tls)
        check_sslscan(daemon.plain, "--starttls-pop3")
        check_sslscan(daemon.smtp, "--starttls-smtp")
        print(f"testssl: {check_testssl(daemon.tls)} findings, none against the server")
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
