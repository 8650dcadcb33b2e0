// Comfort only: every page works without this script.
'use strict';
document.documentElement.classList.add('script');

for (const form of document.querySelectorAll('[data-upload]')) {
  const input = form.querySelector('input[type=file]');
  const busy = form.querySelector('[data-busy]');
  form.addEventListener('submit', () => {
    busy.textContent = 'Looking for persons in the picture ...';
    form.querySelector('button').disabled = true;
  });
  input.addEventListener('change', () => {
    if (input.files.length) form.requestSubmit();
  });
  for (const kind of ['dragenter', 'dragover']) {
    form.addEventListener(kind, (event) => {
      event.preventDefault();
      form.classList.add('over');
    });
  }
  form.addEventListener('dragleave', () => form.classList.remove('over'));
  form.addEventListener('drop', (event) => {
    event.preventDefault();
    form.classList.remove('over');
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
  // The browser's "back" brings the page as it was left.
  window.addEventListener('pageshow', () => {
    busy.textContent = '';
    form.querySelector('button').disabled = false;
  });
}

const job = document.querySelector('[data-job=running]');
if (job) {
  const bar = job.querySelector('progress');
  const message = job.querySelector('[data-message]');
  // In place, without a new page: a screen reader reads the message.
  const finish = async (status) => {
    message.textContent = status.message;
    bar.hidden = true;
    job.className = `job ${status.state}`;
    job.querySelector('form').remove();
    document.querySelector('form[action="/index"] button').disabled = false;
    const page = await (await fetch('/index')).text();
    const fresh = new DOMParser().parseFromString(page, 'text/html');
    document.querySelector('header').replaceWith(fresh.querySelector('header'));
    job.dataset.job = status.state;
  };
  const ask = async () => {
    let status;
    try {
      status = await (await fetch('/index/status')).json();
    } catch {
      message.textContent = 'The server does not answer.';
      setTimeout(ask, 3000);
      return;
    }
    if (status.state !== 'running') {
      await finish(status);
      return;
    }
    if (message.textContent !== status.message) message.textContent = status.message;
    if (status.total) {
      bar.max = status.total;
      bar.value = status.done;
    } else {
      bar.removeAttribute('value');
    }
    setTimeout(ask, 700);
  };
  setTimeout(ask, 300);
}
