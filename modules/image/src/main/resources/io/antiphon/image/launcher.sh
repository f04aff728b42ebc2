#!/bin/sh
# Starts @MODULE@ from the image that this file lies in, wherever the image has been moved to and
# whatever link leads here.
self=$(readlink -f -- "$0")
home=${self%/bin/*}

# ---- Tuning: edit here, or set ANTIPHON_JAVA_OPTS, which takes the place of these flags. ----------
# On two cores the compiler, the collector and libtorch's threads fight for the same processor.
cores=$(unset OMP_NUM_THREADS OMP_THREAD_LIMIT; nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
if [ "$cores" -le 2 ]; then
  tuning='-XX:+UseSerialGC -XX:TieredStopAtLevel=1'
else
  tuning='-XX:+UseSerialGC'
fi
# libtorch's threads spin this long for their next piece of work before they sleep.
GOMP_SPINCOUNT=${GOMP_SPINCOUNT-1000}
export GOMP_SPINCOUNT
# ----------------------------------------------------------------------------------------------------

# What a rehearsal loaded, if the image was built with one.
if [ -n "${ANTIPHON_AOT_OUTPUT-}" ]; then
  cache=-XX:AOTCacheOutput=$ANTIPHON_AOT_OUTPUT
else
  cache=-XX:AOTCache=$home/lib/start.aot
  [ -e "$home/lib/start.aot" ] || cache=-Xshare:auto
fi

exec "$home/bin/java" -XX:-UsePerfData ${ANTIPHON_JAVA_OPTS-$tuning} "$cache" \
  -Dantiphon.home="$home" \
  -DPYTORCH_LIBRARY_PATH="$home/lib/pytorch" \
  -Djna.boot.library.path="$home/lib/jna" -Djna.library.path="$home/lib/pytorch" \
  -m @MODULE@/@MAIN_CLASS@ @ARGUMENTS@"$@"
