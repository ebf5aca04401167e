/*
 * pcm_lab - an ALSA plugin that behaves like a sound card with its own crystal.
 *
 * Playback: the device consumes its ring buffer at  rate * (1 + ppm + wander(t))
 * against CLOCK_MONOTONIC_RAW, whatever the application does, and logs every frame
 * that reached the "converter" together with an exact frame -> time map.
 * Capture:  the device delivers a raw file (a known test signal) at its own rate,
 * with the same kind of map; or (field mic) the acoustic sum of the lab's speakers.
 *
 * There is no thread on the playback path: see dma.c. This file is what alsa-lib calls.
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

double now_raw(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static snd_pcm_sframes_t cb_pointer(snd_pcm_ioplug_t *io)
{
	lab_t *l = io->private_data;
	double p = 0;
	pthread_mutex_lock(&l->mx);
	int e = advance(l, now_raw(), &p);
	snd_pcm_sframes_t r = e < 0 ? e : report(l, p);
	pthread_mutex_unlock(&l->mx);
	return r;
}

static int cb_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *d)
{
	lab_t *l = io->private_data;
	double p = 0;
	/* through alsa-lib, so that its hw_ptr and state are updated too */
	snd_pcm_sframes_t av = snd_pcm_avail_update(io->pcm);
	if (av == -EPIPE && vanished(&l->x, now_raw()))
		return -ENODEV;
	if (av < 0)
		return (int)av;
	pthread_mutex_lock(&l->mx);
	int e = advance(l, now_raw(), &p);
	if (e == 0) {
		int64_t hw = l->fine_delay ? (int64_t)p : (int64_t)io->hw_ptr;
		if (io->stream == SND_PCM_STREAM_PLAYBACK) {
			*d = (int64_t)io->appl_ptr - hw;
			if (l->report_latency)
				*d += (snd_pcm_sframes_t)lrint(l->latency * l->rate);
		} else {
			*d = hw - (int64_t)io->appl_ptr;
			if (l->report_latency)
				*d += (snd_pcm_sframes_t)lrint(l->latency * l->rate);
		}
	}
	pthread_mutex_unlock(&l->mx);
	return e;
}

static int cb_start(snd_pcm_ioplug_t *io)
{
	lab_t *l = io->private_data;
	int e = 0;
	pthread_mutex_lock(&l->mx);
	double t = now_raw();
	if (vanished(&l->x, t)) {
		e = -ENODEV;
	} else if (io->stream == SND_PCM_STREAM_PLAYBACK && io->appl_ptr == 0) {
		e = -EPIPE;             /* as the kernel: nothing to play */
	} else {
		double d = l->start_delay + l->start_jitter * (rand_r(&l->rng) / (RAND_MAX + 1.0));
		/* hardware starts on a sample of its own clock */
		l->phase0 = ceil(phase_at(&l->x, t + d) * l->rate);
		if (!l->have_first) {
			l->first_phase = l->source_at < 0 ? l->phase0 :
				ceil(phase_at(&l->x, l->x.epoch + l->source_at) * l->rate);
			l->have_first = 1;
		}
		l->dma = l->rep = 0;
		l->next_map = 0;
		l->running = 1;
		double t0 = time_at(&l->x, l->phase0 / l->rate);
		if (io->stream == SND_PCM_STREAM_PLAYBACK)
			note(l, "S %lld %.9f\n", (long long)l->logged, t0);
		else {
			/* file frame -> time; two exact points, the second far ahead, define the line */
			int64_t f0 = (int64_t)(l->phase0 - l->first_phase);
			note(l, "S %lld %.9f\n", (long long)f0, t0);
			note(l, "M %lld %.9f\n", (long long)f0 + (int64_t)l->rate * 3600,
			     time_at(&l->x, (l->phase0 + l->rate * 3600.0) / l->rate));
		}
		if (io->stream == SND_PCM_STREAM_PLAYBACK)
			map_here(l, 0, 1);
	}
	pthread_mutex_unlock(&l->mx);
	return e;
}

static int cb_stop(snd_pcm_ioplug_t *io)
{
	lab_t *l = io->private_data;
	double p;
	pthread_mutex_lock(&l->mx);
	if (l->running) {
		double t = now_raw();
		advance(l, t, &p);
		if (l->running && io->stream == SND_PCM_STREAM_PLAYBACK) {
			map_here(l, l->dma, 1);
			note(l, "P %lld %.9f\n", (long long)l->logged, t);
		}
		l->running = 0;
	}
	pthread_mutex_unlock(&l->mx);
	return 0;
}

static int cb_prepare(snd_pcm_ioplug_t *io)
{
	lab_t *l = io->private_data;
	int e = 0;
	pthread_mutex_lock(&l->mx);
	if (vanished(&l->x, now_raw()))
		e = -ENODEV;
	l->running = l->xrun = 0;
	l->dma = l->rep = 0;
	struct itimerspec it = { { 0, 0 }, { 0, 1 } };
	timerfd_settime(l->tfd, 0, &it, NULL);
	pthread_mutex_unlock(&l->mx);
	return e;
}

static int cb_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *hw)
{
	lab_t *l = io->private_data;
	(void)hw;
	l->rate = io->rate;
	l->channels = io->channels;
	l->fmt = io->format;
	l->fbytes = snd_pcm_format_physical_width(io->format) / 8;
	l->boundary = io->buffer_size;
	while (l->boundary <= (0x3fffffffffffffffLL - (int64_t)io->buffer_size) / 2)
		l->boundary *= 2;
	l->stop_thr = io->buffer_size;
	l->avail_min = io->period_size;
	log_open(l);
	live_begin(l);
	unsigned nrec = 0;
	for (unsigned c = 0; c < l->channels; c++)
		nrec += (l->rec_mask >> c) & 1;
	note(l, "H rate=%u channels=%u format=%s period=%lu buffer=%lu latency=%.9f ppm=%g "
	     "wander_ppm=%g wander_s=%g gran=%g jitter=%g pid=%d stream=%s\n", l->rate, nrec,
	     snd_pcm_format_name(l->fmt), (unsigned long)io->period_size,
	     (unsigned long)io->buffer_size, l->latency, l->x.ppm, l->x.wander_ppm, l->x.wander_s,
	     l->gran, l->jitter, (int)getpid(),
	     io->stream == SND_PCM_STREAM_PLAYBACK ? "playback" : "capture");
	return 0;
}

static int cb_hw_free(snd_pcm_ioplug_t *io)
{
	(void)io;
	return 0;
}

static int cb_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *sw)
{
	lab_t *l = io->private_data;
	snd_pcm_uframes_t v;
	pthread_mutex_lock(&l->mx);
	if (snd_pcm_sw_params_get_boundary(sw, &v) == 0 && v) l->boundary = v;
	if (snd_pcm_sw_params_get_stop_threshold(sw, &v) == 0) l->stop_thr = v;
	if (snd_pcm_sw_params_get_avail_min(sw, &v) == 0) l->avail_min = v;
	if (l->avail_min < 1) l->avail_min = 1;
	note(l, "W stop=%lld avail_min=%lld\n", (long long)l->stop_thr, (long long)l->avail_min);
	pthread_mutex_unlock(&l->mx);
	return 0;
}

static int cb_pause(snd_pcm_ioplug_t *io, int enable)
{
	lab_t *l = io->private_data;
	double p, t = now_raw();
	pthread_mutex_lock(&l->mx);
	if (enable) {
		advance(l, t, &p);
		map_here(l, l->dma, 1);
		note(l, "P %lld %.9f\n", (long long)l->logged, t);
		l->running = 0;
	} else {
		l->phase0 = ceil(phase_at(&l->x, t) * l->rate) - l->dma;
		l->running = 1;
		note(l, "S %lld %.9f\n", (long long)l->logged,
		     time_at(&l->x, (l->phase0 + l->dma) / l->rate));
		map_here(l, l->dma, 1);
	}
	pthread_mutex_unlock(&l->mx);
	return 0;
}

static int cb_revents(snd_pcm_ioplug_t *io, struct pollfd *pfd, unsigned nfds, unsigned short *rev)
{
	lab_t *l = io->private_data;
	unsigned short want = io->stream == SND_PCM_STREAM_PLAYBACK ? POLLOUT : POLLIN;
	*rev = 0;
	if (nfds < 1)
		return -EINVAL;
	snd_pcm_sframes_t av = snd_pcm_avail_update(io->pcm);
	pthread_mutex_lock(&l->mx);
	double t = now_raw();
	if (vanished(&l->x, t)) {
		*rev = POLLERR | POLLHUP | want;
		pthread_mutex_unlock(&l->mx);
		return 0;
	}
	if (av < 0 || l->xrun) {
		*rev = POLLERR | want;
		pthread_mutex_unlock(&l->mx);
		return 0;
	}
	int drained = io->state == SND_PCM_STATE_DRAINING;
	if ((!drained && av >= l->avail_min) ||
	    (io->state != SND_PCM_STATE_RUNNING && !drained)) {
		if (io->state == SND_PCM_STATE_RUNNING || av >= l->avail_min ||
		    io->stream == SND_PCM_STREAM_PLAYBACK)
			*rev = av >= l->avail_min ? want : 0;
	}
	if (*rev) {                             /* stay level-triggered */
		if (!(pfd[0].revents & POLLIN)) {
			struct itimerspec it = { { 0, 0 }, { 0, 1 } };
			timerfd_settime(l->tfd, 0, &it, NULL);
		}
	} else {
		/* sleep until the period interrupt at which avail_min is reached */
		double wake = t + 0.05;
		if (l->running) {
			int64_t ps = io->period_size ? (int64_t)io->period_size : 1, need;
			if (drained)
				need = (int64_t)io->appl_ptr;
			else if (io->stream == SND_PCM_STREAM_PLAYBACK)
				need = (int64_t)io->appl_ptr + l->avail_min - (int64_t)io->buffer_size;
			else
				need = (int64_t)io->appl_ptr + l->avail_min;
			if (need <= l->rep)
				need = l->rep + 1;
			int64_t pos = drained ? need : (need + ps - 1) / ps * ps;
			double g = l->gran * l->rate;
			double at = g >= 1 ? ceil(pos / g) * g : pos;
			wake = time_at(&l->x, (l->phase0 + at + 0.01) / l->rate) + l->jitter;
			if (wake < t + 20e-6)
				wake = t + 20e-6;
			if (wake > t + 1.0)
				wake = t + 1.0;
		}
		double d = wake - t;
		struct itimerspec it = { { 0, 0 }, { (time_t)d, (long)((d - (time_t)d) * 1e9) } };
		if (it.it_value.tv_sec == 0 && it.it_value.tv_nsec < 1)
			it.it_value.tv_nsec = 1;
		timerfd_settime(l->tfd, 0, &it, NULL);
	}
	pthread_mutex_unlock(&l->mx);
	return 0;
}

static int cb_close(snd_pcm_ioplug_t *io)
{
	lab_t *l = io->private_data;
	live_end(l);
	cb_stop(io);
	log_close(l);
	if (l->tfd >= 0) close(l->tfd);
	if (l->src) munmap((void *)l->src, l->src_frames * 4);
	if (l->live) munmap(l->live, sizeof *l->live);
	for (int i = 0; i < l->nmic; i++)
		if (l->mic[i].live) munmap(l->mic[i].live, sizeof(struct live));
	free(l->tmp);
	pthread_mutex_destroy(&l->mx);
	free(l);
	return 0;
}

static const snd_pcm_ioplug_callback_t cbs = {
	.start = cb_start,
	.stop = cb_stop,
	.pointer = cb_pointer,
	.close = cb_close,
	.hw_params = cb_hw_params,
	.hw_free = cb_hw_free,
	.sw_params = cb_sw_params,
	.prepare = cb_prepare,
	.pause = cb_pause,
	.poll_revents = cb_revents,
	.delay = cb_delay,
};

/* the file a capture device delivers */
static int open_source(lab_t *l)
{
	struct stat st;
	l->src_fd = open(l->source, O_RDONLY | O_CLOEXEC);
	if (l->src_fd < 0 || fstat(l->src_fd, &st) < 0) {
		SNDERR("lab: cannot open %s", l->source);
		return -errno;
	}
	l->src_frames = st.st_size / 4;
	void *m = mmap(NULL, l->src_frames * 4, PROT_READ, MAP_SHARED, l->src_fd, 0);
	close(l->src_fd);
	if (m == MAP_FAILED)
		return -ENOMEM;
	l->src = m;
	return 0;
}

/* tells alsa-lib what the hardware can do */
static int set_params(snd_pcm_ioplug_t *io, const struct limits *lim)
{
	static const unsigned acc[] = { SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_RW_INTERLEAVED };
	unsigned fb_min = 8, fb_max = 0, rmin = lim->rates[0], rmax = lim->rates[0], ch = lim->channels;
	int err;
	for (unsigned k = 0; k < lim->nformats; k++) {
		unsigned b = snd_pcm_format_physical_width(lim->formats[k]) / 8;
		if (b > fb_max) fb_max = b;
		if (b < fb_min) fb_min = b;
	}
	for (unsigned k = 0; k < lim->nrates; k++) {
		if (lim->rates[k] < rmin) rmin = lim->rates[k];
		if (lim->rates[k] > rmax) rmax = lim->rates[k];
	}
	unsigned per_lo = (unsigned)(lim->period_min * rmin) * fb_min * ch;
	unsigned buf_lo = (unsigned)(lim->buffer_min * rmin) * fb_min * ch;
	unsigned buf_hi = (unsigned)(lim->buffer_max * rmax) * fb_max * ch;
	if (per_lo < fb_max * ch) per_lo = fb_max * ch;
	if ((err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, acc)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, lim->nformats, lim->formats)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, ch, ch)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_RATE, lim->nrates, lim->rates)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, per_lo, buf_hi / 2)) < 0 ||
	    (err = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, buf_lo, buf_hi)) < 0)
		return err;
	return snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024);
}

SND_PCM_PLUGIN_DEFINE_FUNC(lab)
{
	struct limits lim;
	int err;
	lab_t *l = calloc(1, sizeof *l);
	(void)root;
	if (!l)
		return -ENOMEM;
	l->tfd = l->fd_pcm = l->fd_map = l->src_fd = -1;
	if ((err = read_config(l, name, conf, stream, &lim)) < 0)
		goto fail;
	if (vanished(&l->x, now_raw())) {
		err = -ENODEV;
		goto fail;
	}
	if (stream == SND_PCM_STREAM_CAPTURE && !l->nmic &&
	    (err = l->source[0] ? open_source(l) : -ENODEV) < 0)
		goto fail;
	pthread_mutexattr_t ma;
	pthread_mutexattr_init(&ma);
	pthread_mutexattr_settype(&ma, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&l->mx, &ma);
	l->tfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (l->tfd < 0) {
		err = -errno;
		goto fail;
	}
	l->io.version = SND_PCM_IOPLUG_VERSION;
	l->io.name = "lab simulated device";
	l->io.callback = &cbs;
	l->io.private_data = l;
	l->io.poll_fd = l->tfd;
	l->io.poll_events = POLLIN;
	l->io.mmap_rw = 1;
	l->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC | SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
	if ((err = snd_pcm_ioplug_create(&l->io, name, stream, mode)) < 0)
		goto fail;
	if ((err = set_params(&l->io, &lim)) < 0) {
		snd_pcm_ioplug_delete(&l->io);
		return err;             /* delete() ran cb_close() */
	}
	*pcmp = l->io.pcm;
	return 0;
fail:
	if (l->tfd >= 0) close(l->tfd);
	if (l->src) munmap((void *)l->src, l->src_frames * 4);
	free(l);
	return err;
}

SND_PCM_PLUGIN_SYMBOL(lab);
