"""The generator Philox4x32-10 beside Random123, bit for bit, and the doubles made of its words beside their
definition."""
import os
import subprocess
import tempfile

from harness import HERE, HILLOCK, report, skip

if not os.path.exists("/usr/include/Random123/philox.h"):
    skip("Random123 is not installed (Debian: librandom123-dev)")
build, source = os.path.dirname(os.path.dirname(HILLOCK)), os.path.join(HERE, "random123.c")
with tempfile.TemporaryDirectory() as folder:
    program = os.path.join(folder, "random123")
    subprocess.run([os.environ.get("CC", "gcc"), "-std=c17", "-D_GNU_SOURCE", "-O1", "-o", program, source,
                    "-I" + os.path.join(HERE, "../../runtime/include"),
                    os.path.join(build, "lib/hillock/libhillock-runtime.a"), "-fopenmp", "-lm", "-ldl"], check=True)
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    blocks, words, doubles = map(int, printed.split())
report("Philox4x32-10 against Random123, differing words of %d blocks" % blocks, words == 0 and blocks > 0, words, 0)
report("uniform doubles against their definition, differing of %d" % (2 * blocks), doubles == 0, doubles, 0)
