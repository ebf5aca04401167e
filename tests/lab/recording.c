/*
 * The files a run leaves behind: NAME.NNN.pcm, raw frames as played, and NAME.NNN.map, frame -> time.
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void note(lab_t *l, const char *fmt, ...)
{
	char b[512];
	va_list ap;
	if (l->fd_map < 0)
		return;
	va_start(ap, fmt);
	int n = vsnprintf(b, sizeof b, fmt, ap);
	va_end(ap);
	if (n > 0 && write(l->fd_map, b, n) < 0) { }
}

void map_here(lab_t *l, int64_t pos, int force)
{
	double t = time_at(&l->x, (l->phase0 + pos) / l->rate);
	if (!force && t < l->next_map)
		return;
	l->next_map = t + 0.1;
	note(l, "M %lld %.9f\n", (long long)(l->logged - (l->dma - pos)), t);
}

void log_open(lab_t *l)
{
	char p[512];
	if (l->fd_pcm >= 0)
		return;
	for (int i = 0; i < 10000; i++) {
		snprintf(p, sizeof p, "%s/%s.%03d.map", l->dir, l->name, i);
		l->fd_map = open(p, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
		if (l->fd_map >= 0) {
			snprintf(p, sizeof p, "%s/%s.%03d.pcm", l->dir, l->name, i);
			l->fd_pcm = open(p, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
			break;
		}
		if (errno != EEXIST)
			break;
	}
	l->logged = 0;
}

void log_close(lab_t *l)
{
	if (l->fd_pcm >= 0) close(l->fd_pcm);
	if (l->fd_map >= 0) close(l->fd_map);
	l->fd_pcm = l->fd_map = -1;
}
