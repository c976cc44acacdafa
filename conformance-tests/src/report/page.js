const rows = [...document.querySelectorAll(".matrix tbody tr")];
const shown = document.getElementById("shown");
const controls = [...document.querySelectorAll(".filter input, .filter select")];
const [words, family, level, status] = controls;
function apply() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    const { dataset } = row;
    row.hidden = !(wanted.every((word) => text.includes(word))
      && (!family.value || dataset.family === family.value)
      && (!level.value || dataset.level === level.value)
      && (!status.value || dataset.status.split(" ").includes(status.value)));
    count += row.hidden ? 0 : 1;
  }
  shown.textContent = `${count} of ${rows.length} rows`;
}
for (const control of controls) control.addEventListener("input", apply);
document.querySelector(".filter").hidden = false;
apply();
