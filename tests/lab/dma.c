/*
 * The "DMA": the state of a device is a function of time, brought up to date at every call into
 * the plugin, before the application can see a pointer. What a late application loses is lost.
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void emit(lab_t *l, int64_t from, int64_t n, int silence)
{
	const snd_pcm_channel_area_t *a = snd_pcm_ioplug_mmap_areas(&l->io);
	int64_t bs = l->io.buffer_size;
	unsigned nrec = 0;
	for (unsigned c = 0; c < l->channels; c++)
		nrec += (l->rec_mask >> c) & 1;
	size_t full = (size_t)n * l->channels * l->fbytes;
	if (l->tmpsz < full) {
		l->tmp = realloc(l->tmp, full);
		l->tmpsz = full;
	}
	if (silence || !a) {
		memset(l->tmp, 0, full);
	} else {
		unsigned w = l->live ? l->channels : nrec, k = 0;
		for (unsigned c = 0; c < l->channels; c++) {
			if (!l->live && !((l->rec_mask >> c) & 1))
				continue;
			const unsigned char *base = (const unsigned char *)a[c].addr + a[c].first / 8;
			unsigned step = a[c].step / 8;
			for (int64_t i = 0; i < n; i++)
				memcpy(l->tmp + ((size_t)i * w + k) * l->fbytes,
				       base + (size_t)((from + i) % bs) * step, l->fbytes);
			k++;
		}
		if (l->live) {
			live_put(l, l->tmp, n, from);
			if (nrec != l->channels)        /* compact to the recorded channels */
				for (int64_t i = 0; i < n; i++) {
					unsigned kk = 0;
					for (unsigned c = 0; c < l->channels; c++)
						if ((l->rec_mask >> c) & 1) {
							memmove(l->tmp + ((size_t)i * nrec + kk) * l->fbytes,
								l->tmp + ((size_t)i * l->channels + c) * l->fbytes,
								l->fbytes);
							kk++;
						}
				}
		}
	}
	if ((silence || !a) && l->live)
		live_put(l, NULL, n, from);
	if (l->fd_pcm >= 0 && write(l->fd_pcm, l->tmp, (size_t)n * nrec * l->fbytes) < 0) { }
	l->logged += n;
}

static void put_sample(lab_t *l, unsigned char *p, double v)
{
	if (v > 0.999969) v = 0.999969;
	if (v < -1) v = -1;
	switch (l->fmt) {
	case SND_PCM_FORMAT_S16_LE: *(int16_t *)p = (int16_t)lrint(v * 32768 - (v > 0.9999)); break;
	case SND_PCM_FORMAT_S32_LE: *(int32_t *)p = (int32_t)(v * 2147483647.0); break;
	case SND_PCM_FORMAT_FLOAT_LE: *(float *)p = (float)v; break;
	default: break;
	}
}

/* capture: fills the ring from the source file or the microphone */
static void fill(lab_t *l, int64_t from, int64_t n)
{
	const snd_pcm_channel_area_t *a = snd_pcm_ioplug_mmap_areas(&l->io);
	int64_t bs = l->io.buffer_size;
	if (!a)
		return;
	for (int64_t i = 0; i < n; i++) {
		int64_t at = (from + i) % bs;
		double v[2] = { 0, 0 };
		if (l->nmic) {
			if (((from + i) % 4800) == 0)   /* speakers may open later than the microphone */
				for (int s = 0; s < l->nmic; s++)
					if (!l->mic[s].live)
						l->mic[s].live = live_open(l->dir, l->mic[s].name, 0);
			v[0] = v[1] = mic_at(l, time_at(&l->x, (l->phase0 + from + i) / l->rate) - l->latency);
		} else if (l->src) {
			int64_t k = (int64_t)(l->phase0 - l->first_phase) + from + i;
			if (k >= 0 && k < l->src_frames) {
				v[0] = l->src[2 * k] / 32768.0;
				v[1] = l->src[2 * k + 1] / 32768.0;
			}
		}
		for (unsigned c = 0; c < l->channels; c++)
			put_sample(l, (unsigned char *)a[c].addr + (a[c].first + at * a[c].step) / 8, v[c & 1]);
	}
	if (l->nmic && l->fd_pcm >= 0) {
		/* keep what the microphone heard */
		for (int64_t i = 0; i < n; i++) {
			unsigned char *p = (unsigned char *)a[0].addr +
				(a[0].first + ((from + i) % bs) * a[0].step) / 8;
			if (write(l->fd_pcm, p, l->fbytes) < 0) { }
		}
		l->logged += n;
	}
}

static int64_t coarse(lab_t *l, double p)
{
	double g = l->gran * l->rate;
	if (g < 1)
		return (int64_t)p;
	int64_t k = (int64_t)floor(p / g);
	if (l->jitter > 0) {
		uint32_t h = (uint32_t)k * 2654435761u ^ l->rng;
		h ^= h >> 15; h *= 2246822519u; h ^= h >> 13;
		double j = (h / 4294967296.0) * l->jitter * l->rate;
		if (p - k * g < j)
			k--;
	}
	if (k < 0)
		k = 0;
	return (int64_t)(k * g);
}

/* returns 0, -EPIPE or -ENODEV; fills true position */
int advance(lab_t *l, double t, double *ppos)
{
	if (vanished(&l->x, t)) {
		if (l->running) {
			note(l, "V %lld %.9f\n", (long long)l->logged, t);
			l->running = 0;
		}
		return -ENODEV;
	}
	if (l->xrun)
		return -EPIPE;
	if (!l->running) {
		*ppos = l->dma;
		return 0;
	}
	double p = phase_at(&l->x, t) * l->rate - l->phase0;
	if (p < 0)
		p = 0;
	*ppos = p;
	int64_t tp = (int64_t)p;
	int64_t appl = (int64_t)l->io.appl_ptr;
	if (l->io.stream == SND_PCM_STREAM_PLAYBACK) {
		int64_t end = tp < appl ? tp : appl;
		if (end > l->dma) {
			int64_t n = end - l->dma, from = l->dma;
			if (n > (int64_t)l->io.buffer_size) {   /* cannot have been all in the ring */
				n = l->io.buffer_size;
			}
			emit(l, from, n, 0);
			l->dma = from + n;
			map_here(l, l->dma, 0);
		}
		if (tp > appl && tp > l->dma) {
			if (l->io.state == SND_PCM_STATE_DRAINING)
				return 0;
			if (l->stop_thr < l->boundary) {
				map_here(l, l->dma, 1);
				note(l, "X %lld %.9f\n", (long long)l->logged, t);
				l->running = 0;
				l->xrun = 1;
				return -EPIPE;
			}
			int64_t n = tp - l->dma;
			note(l, "G %lld %lld %.9f\n", (long long)l->logged, (long long)n, t);
			while (n > 0) {
				int64_t c = n < 48000 ? n : 48000;
				emit(l, l->dma, c, 1);
				l->dma += c;
				n -= c;
			}
			map_here(l, l->dma, 1);
		}
	} else {
		int64_t room = appl + (int64_t)l->io.buffer_size;
		int64_t end = tp < room ? tp : room;
		if (end > l->dma) {
			fill(l, l->dma, end - l->dma);
			l->dma = end;
		}
		if (tp > room && l->stop_thr < l->boundary) {
			note(l, "X %lld %.9f\n", (long long)l->dma, t);
			l->running = 0;
			l->xrun = 1;
			return -EPIPE;
		}
		if (tp > room) {                /* free-running overrun: the ring holds the latest */
			int64_t bs = l->io.buffer_size, n = tp - l->dma < bs ? tp - l->dma : bs;
			note(l, "G %lld %lld %.9f\n", (long long)l->dma, (long long)(tp - room), t);
			fill(l, tp - n, n);
			l->dma = tp;
		}
	}
	return 0;
}

int64_t report(lab_t *l, double p)
{
	int64_t r = coarse(l, p);
	if (l->io.state == SND_PCM_STATE_DRAINING && l->dma >= (int64_t)l->io.appl_ptr)
		r = l->dma;             /* let the drain end */
	if (r > l->dma)
		r = l->dma;
	if (r > l->rep)
		l->rep = r;
	return l->rep;
}
