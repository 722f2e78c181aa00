@echo off
rem Runs the reports of this school in SIMS, and imports them when all are written; for the Task Scheduler, each night.
rem The user needs the permission "Third Party Reporter": without it SIMS leaves the ids out.
rem /TRUSTED signs in as the Windows user; else /USER:name /PASSWORD:word.
setlocal
set RUNNER="C:\Program Files (x86)\SIMS\SIMS .net\CommandReporter.exe"
set REPORTS=C:\ProgramData\crier\sims
if not exist "%REPORTS%" mkdir "%REPORTS%"
del /q "%REPORTS%\*.xml" 2>nul

for %%r in (pupils classes staff attendance) do (
  %RUNNER% /TRUSTED /REPORT:"crier %%r" /OUTPUT:"%REPORTS%\%%r.xml" || exit /b 1
  if not exist "%REPORTS%\%%r.xml" exit /b 1
)
crier --config C:\ProgramData\crier\crier.toml import sims "%REPORTS%"
