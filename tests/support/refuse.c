/* An ALSA PCM that cannot be opened: `error` is the errno it fails with. */
#include <errno.h>
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

SND_PCM_PLUGIN_DEFINE_FUNC(refuse)
{
	snd_config_t *field;
	long error = EIO;

	(void)pcmp, (void)name, (void)root, (void)stream, (void)mode;
	if (snd_config_search(conf, "error", &field) >= 0)
		(void)snd_config_get_integer(field, &error);
	return (int)-error;
}

SND_PCM_PLUGIN_SYMBOL(refuse);
