/* probe PCM SECONDS        - what an application can learn of a lab device: plays silence, samples
 *                            snd_pcm_delay against the clock and fits the device's rate; then checks
 *                            drain, pause, underrun and starting on an empty buffer.
 * probe PCM SECONDS SIGNAL - plays that many seconds of a raw S16 stereo 48 kHz file through the
 *                            largest buffer the device has, so that a busy machine does no harm. */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define RATE 48000
#define SHORT_US 40000
#define LONG_US 2000000

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* least squares of frames heard against time */
static void fit_rate(snd_pcm_t *p, const short *silence, snd_pcm_uframes_t period, double seconds)
{
	double t0 = now(), t, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
	long written = 0, n = 0, xruns = 0;
	while ((t = now()) < t0 + seconds) {
		snd_pcm_sframes_t delay, w = snd_pcm_writei(p, silence, period);
		if (w < 0) {
			xruns++;
			snd_pcm_recover(p, (int)w, 1);
			n = written = 0;
			sx = sy = sxx = sxy = syy = 0;
			continue;
		}
		written += w;
		if (snd_pcm_delay(p, &delay) < 0 || (t = now()) - t0 < 0.5)
			continue;
		double x = t - t0, y = (written - delay) / (double)RATE;
		n++; sx += x; sy += y; sxx += x * x; sxy += x * y; syy += y * y;
	}
	double b = (n * sxy - sx * sy) / (n * sxx - sx * sx), a = (sy - b * sx) / n;
	double var = (syy - 2 * a * sy - 2 * b * sxy + n * a * a + 2 * a * b * sx + b * b * sxx) / n;
	printf("  rate %+.3f ppm from %ld samples, residual sd %.1f us, xruns %ld\n", (b - 1) * 1e6, n, sqrt(fabs(var)) * 1e6, xruns);
}

static void check_states(snd_pcm_t *p, const short *silence, snd_pcm_uframes_t period, snd_pcm_uframes_t buffer)
{
	snd_pcm_sframes_t queued = 0, before, after;
	double t0 = now();
	snd_pcm_writei(p, silence, period);
	snd_pcm_delay(p, &queued);
	int e = snd_pcm_drain(p);
	printf("  drain: %s, took %.2f ms for %.2f ms queued, state %s\n", snd_strerror(e), (now() - t0) * 1e3,
	       queued * 1e3 / RATE, snd_pcm_state_name(snd_pcm_state(p)));
	snd_pcm_prepare(p);
	snd_pcm_writei(p, silence, buffer);
	usleep(5000);
	e = snd_pcm_pause(p, 1);
	before = snd_pcm_avail(p);
	usleep(30000);
	after = snd_pcm_avail(p);
	printf("  pause: %s, avail %ld then %ld\n", snd_strerror(e), before, after);
	snd_pcm_pause(p, 0);
	usleep(100000);
	after = snd_pcm_avail(p);
	printf("  starved: avail %s, state %s\n", after < 0 ? snd_strerror((int)after) : "(no error)",
	       snd_pcm_state_name(snd_pcm_state(p)));
	snd_pcm_prepare(p);
	printf("  start with an empty buffer: %s\n", snd_strerror(snd_pcm_start(p)));
}

static int play_file(snd_pcm_t *p, const char *path, double seconds)
{
	static short block[4096 * 2];
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return 1;
	}
	long left = (long)(seconds * RATE);
	size_t n;
	while (left > 0 && (n = fread(block, 4, 4096, f)) > 0) {
		snd_pcm_sframes_t w = snd_pcm_writei(p, block, n);
		if (w < 0) {
			printf("  %s after %ld frames\n", snd_strerror((int)w), (long)(seconds * RATE) - left);
			break;
		}
		left -= (long)n;
	}
	snd_pcm_drain(p);
	fclose(f);
	return 0;
}

int main(int argc, char **argv)
{
	snd_pcm_t *p;
	static short silence[RATE * 2];
	snd_pcm_uframes_t buffer, period;
	if (argc < 3) {
		fprintf(stderr, "usage: probe PCM SECONDS [SIGNAL]\n");
		return 2;
	}
	double seconds = atof(argv[2]);
	int e = snd_pcm_open(&p, argv[1], SND_PCM_STREAM_PLAYBACK, 0);
	if (e >= 0)
		e = snd_pcm_set_params(p, SND_PCM_FORMAT_S16_LE, SND_PCM_ACCESS_RW_INTERLEAVED, 2, RATE, 0, argc > 3 ? LONG_US : SHORT_US);
	if (e < 0) {
		printf("%s: %s\n", argv[1], snd_strerror(e));
		return 1;
	}
	snd_pcm_get_params(p, &buffer, &period);
	printf("%s: buffer %lu period %lu\n", argv[1], buffer, period);
	if (argc > 3) {
		e = play_file(p, argv[3], seconds);
	} else {
		fit_rate(p, silence, period, seconds);
		check_states(p, silence, period, buffer);
	}
	snd_pcm_close(p);
	return e;
}
