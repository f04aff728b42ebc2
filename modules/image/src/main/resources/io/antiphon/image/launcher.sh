#!/bin/sh
# Starts @MODULE@ from the image that this file lies in, wherever the image has been moved to and
# whatever link leads here.
self=$(readlink -f -- "$0")
home=${self%/bin/*}
case $home in
  *:*)
    echo "antiphon: no JVM starts from a folder with a colon in its path, as '$home' has: move the" \
      'image' >&2
    exit 2
    ;;
esac

# The machine has no say in what the image is: DJL would heed these before what is said below, and
# load another libtorch, look for one on the network, or call home.
unset PYTORCH_LIBRARY_PATH PYTORCH_EXTRA_LIBRARY_PATH PYTORCH_LIBRARY_EXCLUSION PYTORCH_VERSION \
  PYTORCH_FLAVOR PYTORCH_PRECXX11 LIBSTDCXX_LIBRARY_PATH ENGINE_CACHE_DIR OPT_OUT_TRACKING
for name in $(env | sed -n 's/^\(DJL_[A-Za-z0-9_]*\)=.*/\1/p'); do
  unset "$name"
done
# A locale that knows ASCII only, or is not installed, would lose every file with an umlaut in its
# path.
case $(locale charmap 2>/dev/null) in
  '' | ANSI* | US-ASCII | 646)
    LC_ALL=C.UTF-8
    export LC_ALL
    ;;
esac

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

# headless: pictures are drawn without a screen, whatever DISPLAY says
# offline: DJL downloads nothing; -Dai.djl.offline=false in ANTIPHON_JAVA_OPTS lets a plug-in do so
exec "$home/bin/java" -XX:-UsePerfData -Dai.djl.offline=true -Djava.awt.headless=true ${ANTIPHON_JAVA_OPTS-$tuning} "$cache" \
  -Dantiphon.home="$home" \
  -DPYTORCH_LIBRARY_PATH="$home/lib/pytorch" \
  -Djna.boot.library.path="$home/lib/jna" -Djna.library.path="$home/lib/pytorch" \
  -m @MODULE@/@MAIN_CLASS@ @ARGUMENTS@"$@"
