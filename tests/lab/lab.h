/*
 * A lab device: its state, and what the parts of the plugin do for each other.
 *
 * recording.c  the files a run leaves behind
 * live.c       what a speaker plays right now, for the simulated microphone
 * dma.c        brings a device up to date with the clock
 * config.c     the fields of asound.conf
 * pcm_lab.c    the callbacks alsa-lib makes
 *
 * All is called with the mutex of the device held, except read_config(), live_begin() and live_end().
 */
#ifndef LAB_H
#define LAB_H

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "crystal.h"

#define MAX_SRC 16
#define RING_FRAMES (1u << 18)          /* live ring for the microphone, 5.4 s at 48 kHz */
#define RING_MAPS 256

/* shared memory: what a speaker is playing right now, for labmic */
struct live_map { int64_t frame; double t; double fps; };
struct live {
	uint32_t magic, rate;
	_Atomic int64_t frames;         /* frames published so far */
	_Atomic int64_t nmap;           /* time map entries published so far */
	double latency;                 /* s */
	struct live_map map[RING_MAPS];
	float ring[RING_FRAMES];
};

struct mic_src { char name[64]; double gain, delay, echo_gain, echo_delay; struct live *live; };

typedef struct lab {
	snd_pcm_ioplug_t io;
	pthread_mutex_t mx;
	struct crystal x;
	char name[64], dir[256];
	char source[256];
	double latency;                 /* s: converter + air (or radio), after the DMA pointer */
	int report_latency;             /* snd_pcm_delay() includes it */
	int fine_delay;                 /* snd_pcm_delay() from the true position, not the coarse pointer */
	double gran, jitter;            /* s: pointer update granularity and its jitter */
	double start_delay, start_jitter;
	unsigned rec_mask;              /* channels to log */
	/* stream */
	int tfd;
	unsigned rate, channels, fbytes;
	snd_pcm_format_t fmt;
	double phase0;                  /* crystal phase (frames) at frame 0 of this run */
	double first_phase;             /* capture: phase at file frame 0 */
	double source_at;               /* capture: file frame 0 is at epoch + this; < 0: at first start */
	int have_first;
	int64_t dma, rep;               /* frames really consumed / reported since prepare */
	int64_t stop_thr, avail_min, boundary;
	int running, xrun;
	int64_t seen_appl;
	/* log */
	int fd_pcm, fd_map;
	int64_t logged;                 /* frames in the pcm file */
	double next_map;
	unsigned char *tmp; size_t tmpsz;
	unsigned rng;
	/* capture */
	int src_fd; const int16_t *src; int64_t src_frames;
	int nmic; struct mic_src mic[MAX_SRC]; double mic_noise;
	struct live *live; int live_on; pthread_t live_thr; int live_stop; int live_thr_on;
	double live_next;
} lab_t;

/* CLOCK_MONOTONIC_RAW, seconds */
double now_raw(void);

/* recording.c */
void note(lab_t *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void map_here(lab_t *l, int64_t pos, int force);
void log_open(lab_t *l);
void log_close(lab_t *l);

/* live.c */
void live_put(lab_t *l, const unsigned char *frames, int64_t n, int64_t pos);
struct live *live_open(const char *dir, const char *name, int create);
double mic_at(lab_t *l, double t);
void live_begin(lab_t *l);
void live_end(lab_t *l);

/* dma.c: advance() brings the device up to time t; 0, -EPIPE or -ENODEV; fills the true position */
int advance(lab_t *l, double t, double *ppos);
int64_t report(lab_t *l, double p);

/* config.c */
struct limits { double buffer_max, buffer_min, period_min; unsigned rates[8], nrates, channels; unsigned formats[8], nformats; };
int read_config(lab_t *l, const char *name, snd_config_t *conf, snd_pcm_stream_t stream, struct limits *lim);

#endif
