#!/bin/sh
# Started as the container's entry point: the password goes into a file, not into the arguments.
umask 077
printf 'requirepass %s\nbind * -::*\ndir /data\nsave 300 1\nsave 60 100\n' "$REDISPASS" > /redis.conf
if [ -n "$REDISMASTERPASS" ]; then echo "masterauth $REDISMASTERPASS" >> /redis.conf; fi
exec redis-server /redis.conf
