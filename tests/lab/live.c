/*
 * What a speaker plays right now, in shared memory, and the microphone that listens to it.
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LIVE_MAGIC 0x4c414231

static float sample_f(const lab_t *l, const unsigned char *p)
{
	switch (l->fmt) {
	case SND_PCM_FORMAT_S16_LE: return *(const int16_t *)p / 32768.0f;
	case SND_PCM_FORMAT_S32_LE: return *(const int32_t *)p / 2147483648.0f;
	case SND_PCM_FORMAT_FLOAT_LE: return *(const float *)p;
	default: return 0;
	}
}

void live_put(lab_t *l, const unsigned char *frames, int64_t n, int64_t pos)
{
	struct live *v = l->live;
	if (!v)
		return;
	int64_t at = atomic_load(&v->frames);
	for (int64_t i = 0; i < n; i++)
		v->ring[(at + i) % RING_FRAMES] =
			frames ? sample_f(l, frames + i * l->fbytes * l->channels) : 0;
	double t = time_at(&l->x, (l->phase0 + pos) / l->rate);
	if (t >= l->live_next || pos == 0) {
		double t2 = time_at(&l->x, (l->phase0 + pos + l->rate / 100.0) / l->rate);
		int64_t m = atomic_load(&v->nmap);
		v->map[m % RING_MAPS] = (struct live_map){ at, t, (l->rate / 100.0) / (t2 - t) };
		atomic_store(&v->nmap, m + 1);
		l->live_next = t + 0.05;
	}
	atomic_store(&v->frames, at + n);
}

struct live *live_open(const char *dir, const char *name, int create)
{
	char p[512];
	snprintf(p, sizeof p, "%s/%s.live", dir, name);
	int fd = open(p, create ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0644);
	if (fd < 0)
		return NULL;
	if (create && ftruncate(fd, sizeof(struct live)) < 0) { close(fd); return NULL; }
	void *m = mmap(NULL, sizeof(struct live), create ? PROT_READ | PROT_WRITE : PROT_READ,
		       MAP_SHARED, fd, 0);
	close(fd);
	return m == MAP_FAILED ? NULL : m;
}

static void *live_main(void *arg)
{
	lab_t *l = arg;
	while (!l->live_stop) {
		double p;
		usleep(2000);
		pthread_mutex_lock(&l->mx);
		if (l->running)
			advance(l, now_raw(), &p);
		pthread_mutex_unlock(&l->mx);
	}
	return NULL;
}

void live_begin(lab_t *l)
{
	if (l->live_on && !l->live)
		l->live = live_open(l->dir, l->name, 1);
	if (!l->live)
		return;
	l->live->rate = l->rate;
	l->live->latency = l->latency;
	l->live->magic = LIVE_MAGIC;
	if (!l->live_thr_on && pthread_create(&l->live_thr, NULL, live_main, l) == 0)
		l->live_thr_on = 1;
}

void live_end(lab_t *l)
{
	l->live_stop = 1;
	if (l->live_thr_on)
		pthread_join(l->live_thr, NULL);
	l->live_thr_on = 0;
}

/* value of a live speaker at absolute time t (4-point Lagrange: a microphone, not a reference) */
static double live_at(struct live *v, double t)
{
	int64_t m = atomic_load(&v->nmap), f = atomic_load(&v->frames);
	if (m < 1)
		return 0;
	int64_t lo = m > RING_MAPS - 2 ? m - (RING_MAPS - 2) : 0;
	for (int64_t i = m - 1; i >= lo; i--) {
		const struct live_map *e = &v->map[i % RING_MAPS];
		if (e->t > t)
			continue;
		double fr = e->frame + (t - e->t) * e->fps;
		/* not beyond the next segment's start or what has been published */
		if (i + 1 < m && fr > v->map[(i + 1) % RING_MAPS].frame + 1)
			return 0;
		int64_t k = (int64_t)floor(fr);
		if (k < 1 || k + 2 >= f || k < f - (int64_t)RING_FRAMES + 8)
			return 0;
		double x = fr - k;
		double a = v->ring[(k - 1) % RING_FRAMES], b = v->ring[k % RING_FRAMES];
		double c = v->ring[(k + 1) % RING_FRAMES], d = v->ring[(k + 2) % RING_FRAMES];
		return a * (-x * (x - 1) * (x - 2) / 6) + b * ((x + 1) * (x - 1) * (x - 2) / 2) +
		       c * (-(x + 1) * x * (x - 2) / 2) + d * ((x + 1) * x * (x - 1) / 6);
	}
	return 0;
}

/* what the microphone hears at time t: every speaker with its flight time, one echo each, noise */
double mic_at(lab_t *l, double t)
{
	double v = 0, noise = 0;
	for (int s = 0; s < l->nmic; s++) {
		struct mic_src *m = &l->mic[s];
		if (!m->live)
			continue;
		double lat = m->live->latency + m->delay;
		v += m->gain * live_at(m->live, t - lat);
		if (m->echo_gain != 0)
			v += m->gain * m->echo_gain * live_at(m->live, t - lat - m->echo_delay);
	}
	if (l->mic_noise > 0)
		for (int k = 0; k < 4; k++)
			noise += rand_r(&l->rng) / (double)RAND_MAX - 0.5;
	return v + noise * l->mic_noise * 1.7;
}
